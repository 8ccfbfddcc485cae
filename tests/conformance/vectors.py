"""Writes the vectors: `python -m tests.conformance.vectors`, or `make conformance`.

* `rules.json`: detections and a picture → report, for every rule and every reason;
* `heads.json`: output of a network → boxes, for both YOLO heads;
* `pictures.json`: pixels → the network's input and the figures of quality and light;
* `photos.json`: demo photo → report, with the shipped network.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.conformance.cases import MESS, OWN_THRESHOLDS, Case, cases
from tests.vision.networks import FakeSession, classic, default_policy, manifest_of, nms_free
from vision import LABELS, Box, Checker, Detector, Policy, Report
from vision.colour import light_gains
from vision.detector import letterbox, read_head
from vision.policy import Weight
from vision.quality import measure_quality

ROOT = Path(__file__).resolve().parents[2]
VECTORS = Path(__file__).parent / "vectors"
PICTURES = "pictures"
SIZES = ((640, 480), (1000, 750), (750, 1000), (333, 517), (100, 80), (1280, 960), (960, 1279))

Vectors = dict[str, Any]


def rules() -> tuple[Vectors, dict[str, bytes]]:
    """Detections → report, and the pictures by name."""
    names: dict[bytes, str] = {}
    found = [_rule_vector(case, names) for case in cases()]
    plain = {
        "manifest": manifest_of().model_dump(mode="json"),
        "mess": MESS.model_dump(mode="json"),
        "own_thresholds": [facts.model_dump(mode="json") for facts in OWN_THRESHOLDS],
    }
    return plain | {"cases": found}, {name: data for data, name in names.items()}


def _rule_vector(case: Case, names: dict[bytes, str]) -> Vectors:
    name = names.setdefault(case.picture, f"{len(names):02}.png")
    checker = checker_for(case)
    photo, report = checker.examine(case.picture, case.shot)
    detections = checker.detector.detect(photo.pixels)
    return {
        "name": case.name,
        "picture": name,
        "shot": None if case.shot is None else str(case.shot),
        "unsupported": [str(label) for label in case.unsupported],
        "advisory": case.advisory,
        "detections": [[str(b.label), b.score, b.x1, b.y1, b.x2, b.y2] for b in detections.boxes()],
        "mess": detections.mess,
        "own_thresholds": case.own_thresholds,
        "report": timeless(report),
    }


class SayingSession(FakeSession):
    """A network that also says how messy a place looks."""

    def __init__(self, case: Case) -> None:
        super().__init__(nms_free(case.sees))
        self.mess = case.mess or 0.0

    def run_with_mess(
        self, batch: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], float]:
        """As a network with two outputs."""
        return self.run(batch), self.mess


def checker_for(case: Case) -> Checker:
    """A checker whose network sees what the case says."""
    thresholds = {
        "mess": None if case.mess is None else MESS,
        "rules": OWN_THRESHOLDS if case.own_thresholds else (),
    }
    manifest = manifest_of(case.unsupported).model_copy(update=thresholds)
    return Checker(Detector(SayingSession(case), manifest), policy_of(case))


def policy_of(case: Case) -> Policy:
    """The shipped policy; where a case says so, its rules only advise."""
    policy = default_policy()
    if not case.advisory:
        return policy
    shots = {shot: dict.fromkeys(asked, Weight.ADVISORY) for shot, asked in policy.shots.items()}
    return policy.model_copy(update={"shots": shots})


def timeless(report: Report) -> Vectors:
    """The report's JSON without what differs from run to run."""
    return {name: value for name, value in report.to_json().items() if name != "timings"}


def heads() -> list[Vectors]:
    """Output of a network → boxes in its input; crowds, so that much is suppressed."""
    chance = np.random.default_rng(0)
    crowd = [_somewhere(chance) for _ in range(150)]
    return [
        _head_vector(name, make(crowd))
        for name, make in (("classic", classic), ("NMS-free", nms_free))
    ]


def _somewhere(chance: np.random.Generator) -> Box:
    x, y = chance.choice([100, 260, 420], 2) + chance.normal(0, 8, 2)
    width, height = chance.choice([60, 120]) + chance.normal(0, 8, 2)
    label = LABELS[chance.integers(len(LABELS))]
    return Box(label, float(chance.uniform(0, 1)), x, y, x + width, y + height)


def _head_vector(name: str, output: npt.NDArray[np.float32]) -> Vectors:
    xyxy, score, classes = read_head(output, len(LABELS))
    places = np.flatnonzero(output)
    return {
        "name": name,
        "shape": list(output.shape),
        "classes": len(LABELS),
        "output": [[int(i), float(v)] for i, v in zip(places, output.ravel()[places], strict=True)],
        "boxes": [
            [*map(float, corners), float(s), int(c)]
            for corners, s, c in zip(xyxy, score, classes, strict=True)
        ],
    }


def pattern(width: int, height: int) -> npt.NDArray[np.uint8]:
    """A picture both languages can compute: bytes of whole numbers."""
    y, x = np.mgrid[:height, :width]
    channels = [(x * 7 + y * 13 + (x * y) % 31 * 5 + c * 40) % 256 for c in range(3)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def pictures() -> list[Vectors]:
    """Pixels → what the network is given, quality, light."""
    return [_picture_vector(width, height) for width, height in SIZES]


def _picture_vector(width: int, height: int) -> Vectors:
    pixels = pattern(width, height)
    batch, fit = letterbox(pixels, 640)
    quality = measure_quality(pixels)
    return {
        "size": [width, height],
        "shape": list(batch.shape),
        "sha256": hashlib.sha256(batch.tobytes()).hexdigest(),  # little-endian float32
        "fit": {"ratio": fit.ratio, "left": fit.left, "top": fit.top},
        "quality": vars(quality),
        "gains": light_gains(pixels).tolist(),
    }


def photos() -> Vectors:
    """Demo photo → report with the shipped network."""
    checker = Checker.open()
    found = {
        path.name: timeless(checker.check(path.read_bytes()))
        for path in sorted((ROOT / "demo").glob("*.jpg"))
    }
    return {"network": checker.detector.manifest.sha256, "photos": found}


def files() -> Iterator[tuple[str, bytes]]:
    """Every file: name below `vectors/` → content."""
    asked, shown = rules()
    for name, data in shown.items():
        yield f"{PICTURES}/{name}", data
    for name, value in (
        ("rules.json", asked),
        ("heads.json", heads()),
        ("pictures.json", pictures()),
        ("photos.json", photos()),
    ):
        yield name, _lines(value).encode()


def _lines(value: Any) -> str:
    """JSON with one case a line, so that a difference is seen."""
    if isinstance(value, list):
        return "[\n" + ",\n".join(map(_line, value)) + "\n]\n"
    members = []
    for name, member in value.items():
        text = _lines(member).rstrip() if name in ("cases", "photos") else _line(member)
        members.append(f"{_line(name)}: {text}")
    return "{\n" + ",\n".join(members) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main() -> None:
    """Write every file, and remove pictures that no case has any more."""
    made = dict(files())
    for path in (VECTORS / PICTURES).glob("*.png"):
        if f"{PICTURES}/{path.name}" not in made:
            path.unlink()
    for name, content in made.items():
        path = VECTORS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
