"""Do phone and server give the same answers? Validation photos through both, side by side.

`python -m edge.phone_parity DATA` (or `make phone-parity DATA=...`) checks photos of the
validation split twice in a real browser and compares with `Checker.check`:

* decoded once: the phone is given the server's pixels (a PNG); findings must be identical, scores
  within 0.01;
* decoded by each on its own: the phone is given the file; at least 98 of 100 photos must get the
  same findings, and none may flip between PASS and FAIL.
"""

import argparse
import csv
import hashlib
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from edge.phone_page import BUILT, Engine, build, engine
from vision import Checker, decode_photo
from vision.manifest import DEFAULT_MANIFEST

SPLITS = Path(__file__).resolve().parents[1] / "datasets" / "splits.csv"
SCORES_WITHIN = 0.01
MIN_AGREE = 0.98
WORDS = ("rule", "verdict", "reason", "detail")


@dataclass
class Tally:
    """What came out of one way of decoding."""

    photos: int = 0
    alike: int = 0
    flips: int = 0
    furthest_score: float = 0.0
    different: list[str] = field(default_factory=list)

    def add(self, name: str, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
        """Compare the reports of one photo."""
        self.photos += 1
        pairs = list(zip(ours["findings"], theirs["findings"], strict=True))
        changed = [
            f"{a['rule']}: {_words(a)} → {_words(b)}"
            for a, b in pairs
            if any(a[word] != b[word] for word in WORDS)
        ]
        self.alike += not changed
        if changed:
            self.different.append(f"{name}: {'; '.join(changed)}")
        verdicts = [(ours["verdict"], theirs["verdict"])]
        verdicts += [(a["verdict"], b["verdict"]) for a, b in pairs]
        self.flips += any({"PASS", "FAIL"} == set(pair) for pair in verdicts)
        for a, b in pairs:
            far = abs((a["score"] or 0.0) - (b["score"] or 0.0))
            self.furthest_score = max(self.furthest_score, far)


def _words(finding: dict[str, Any]) -> str:
    detail = f" ({finding['detail']})" if finding["detail"] else ""
    return f"{finding['verdict']} {finding['reason']}{detail}"


def validation_photos(data: Path, count: int) -> list[Path]:
    """So many photos of the validation split, by a hash of their names: the same every time."""
    with SPLITS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val"]
    rows.sort(key=lambda row: hashlib.sha256(f"{row['source']}/{row['image']}".encode()).digest())
    paths = (data / row["source"] / "images" / row["image"] for row in rows)
    return [path for path in paths if path.exists()][:count]


def compare(
    checker: Checker, phone: Engine, photos: list[Path]
) -> Iterator[tuple[Path, dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """Photo, server's report, phone's with the server's pixels, phone's with its own.

    The shot is the one the server guessed: a phone knows what it takes a photo of.
    """
    for path in photos:
        data = path.read_bytes()
        server = checker.check(data)
        once = phone.check(_png(data, checker), server.shot)
        own = phone.check(data, server.shot)
        for answer in (once, own):
            if "error" in answer:
                raise RuntimeError(f"{path}: the phone says {answer['error']}")
        yield path, server.to_json(), once["report"], own["report"]


def _png(data: bytes, checker: Checker) -> bytes:
    """The server's pixels."""
    pixels = decode_photo(data, checker.detector.manifest.input_side).pixels
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def main() -> None:
    """Command line; exit code 1 where the phone differs too much."""
    parser = argparse.ArgumentParser(prog="python -m edge.phone_parity", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("data", type=Path, help="folder with the labelled photos")
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--manifest", type=Path, default=DEFAULT_MANIFEST)
    arguments = parser.parse_args()
    photos = validation_photos(arguments.data, arguments.photos)
    if not photos:
        parser.error(f"no validation photos below {arguments.data}")
    if not BUILT.exists():
        build()
    checker = Checker.open(arguments.manifest)
    once, own = Tally(), Tally()
    with engine(arguments.manifest) as phone:
        info = phone.open()["info"]
        _say(f"network {info['model']['version']}, policy {info['policy']['version']}")
        for path, ours, same_pixels, own_pixels in compare(checker, phone, photos):
            once.add(path.name, ours, same_pixels)
            own.add(path.name, ours, own_pixels)
            _say(f"{once.photos} photos: {once.alike} alike, {own.alike} by each on its own")
    sys.exit(0 if _summary(once, own) else 1)


def _summary(once: Tally, own: Tally) -> bool:
    """Print what was found; whether it is good enough."""
    for line in (*once.different, *own.different):
        _say(f"  {line}")
    good_once = once.alike == once.photos and once.furthest_score <= SCORES_WITHIN
    _say(
        f"decoded once: {once.alike} of {once.photos} identical, "
        f"scores within {once.furthest_score:.4f} (asked: all, {SCORES_WITHIN})"
    )
    good_own = own.alike >= MIN_AGREE * own.photos and own.flips == 0
    _say(
        f"decoded by each on its own: {own.alike} of {own.photos} identical, {own.flips} flip "
        f"between PASS and FAIL, scores within {own.furthest_score:.4f} "
        f"(asked: {MIN_AGREE:.0%}, none)"
    )
    return good_once and good_own


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
