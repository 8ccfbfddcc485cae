"""The network and the policy for those who check elsewhere: whole, verifiable, asked for once."""

import hashlib
import json

import pytest

from api.routes.policies import PolicyIn
from tests.api.conftest import Api, Start, assert_problem
from tests.api.world import small_policy
from vision import Manifest

DOCUMENTS = ("/v1/model", "/v1/policies/in-force")


def test_network_and_manifest_belong_together(api: Api) -> None:
    shown = api.get("technician_a", "/v1/model")
    assert Manifest.model_validate(shown) == api.services.detector.manifest
    answer = api.call("technician_a", "GET", f"/v1/model/{shown['sha256']}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert hashlib.sha256(answer.content).hexdigest() == shown["sha256"]
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("path", [*DOCUMENTS, "file"])
@pytest.mark.parametrize(
    ("sent", "status"),
    [("{}", 304), ('"other", {}', 304), ("W/{}", 304), ("*", 304), ('"other"', 200), ("", 200)],
)
def test_what_is_there_already_is_not_sent_again(
    api: Api, path: str, sent: str, status: int
) -> None:
    if path == "file":
        path = f"/v1/model/{api.services.detector.manifest.sha256}"
    tag = api.call("admin", "GET", path).headers["etag"]
    headers = {"If-None-Match": sent.format(tag)} if sent else {}
    answer = api.call("admin", "GET", path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["etag"] == tag
    assert (answer.content == b"") == (status == 304)


def test_another_policy_has_another_tag_and_hash(api: Api) -> None:
    path = DOCUMENTS[1]
    first = api.call("auditor", "GET", path)
    document = small_policy().model_dump(mode="json") | {"version": "small-2"}
    body = PolicyIn(document=document, reason="Another.").model_dump(mode="json")
    assert api.call("admin", "POST", "/v1/policies", json=body).status_code == 201
    headers = {"If-None-Match": first.headers["etag"]}
    second = api.call("auditor", "GET", path, headers=headers)
    assert second.status_code == 200
    assert second.json()["document"]["version"] == "small-2"
    for answer in (first.json(), second.json()):
        text = json.dumps(
            answer["document"], sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        assert answer["sha256"] == hashlib.sha256(text.encode()).hexdigest()


def test_only_the_network_in_use_is_handed_out(api: Api) -> None:
    answer = api.call("admin", "GET", f"/v1/model/{'0' * 64}")
    assert_problem(answer, 404, "request.not_found")


def test_network_file_that_was_changed_is_not_handed_out(start_api: Start) -> None:
    with start_api() as api:
        manifest = api.services.settings.model_manifest
        path = manifest.with_name(api.services.detector.manifest.file)
        whole = path.read_bytes()
        path.write_bytes(whole + b"x")
        try:
            sha256 = api.services.detector.manifest.sha256
            answer = api.call("admin", "GET", f"/v1/model/{sha256}")
        finally:
            path.write_bytes(whole)
    assert_problem(answer, 503, "model.hash_mismatch")
