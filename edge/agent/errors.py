"""Errors of the agent, a branch of `vision.errors.PpeError`.

    PpeError
    └── EdgeError   the agent cannot do what was asked, or a photo cannot go on   edge.*

The codes are stable, as all of `PpeError`'s are.
"""

from typing import ClassVar

from vision.errors import PpeError


class EdgeError(PpeError):
    """The agent cannot do what was asked, or a photo cannot go on."""

    codes: ClassVar[dict[str, str]] = {
        "edge.extra_missing": "pip install 'ppe-check[edge]'",
        "edge.settings_invalid": "correct the setting named; docs/edge.md lists every one",
        "edge.nothing_to_watch": "name a folder (--inbox) or a camera (--camera)",
        "edge.already_running": "stop the other agent, or give this one a state folder of its own",
        "edge.state_unusable": "choose a state folder that can be written to",
        "edge.state_newer": "install the newer version that wrote the state folder",
        "edge.inbox_unusable": "let the agent read the folder and delete from it",
        "edge.disk_full": "make room: photos stay where they are until then",
        "edge.photo_gone": "nothing brings it back: let nothing else write to the state folder",
        "edge.no_such_photo": "name an id that `ppe edge status` shows as set aside",
        "edge.no_work_order": "put the photo into a folder named after its work order",
        "edge.no_shot": "put the photo into a folder named after its shot, e.g. selfie",
        "edge.name_invalid": "use letters, digits, dots, hyphens and underscores",
        "edge.sidecar_invalid": "correct the JSON file beside the photo",
        "edge.unreachable": "check the network; photos wait until the service answers",
        "edge.not_the_service": "check the address: something else answers there",
        "edge.service_failing": "see to the service; photos wait until it answers",
        "edge.camera_lost": "check the camera's cable and that nothing else uses it",
        "edge.update_damaged": "nothing: it is fetched again at the next look",
        "edge.self_test_failed": "see to the network or policy on the service; the last stays",
    }
