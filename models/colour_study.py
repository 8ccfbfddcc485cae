"""Study the colours of labelled helmets: what the policy's ranges and the light correction rest on.

`python -m models.colour_study DATA` prints, for no, half and full light correction, the hues of
helmets whose colour is known (by eye: `index.json`; by label: `gdut_hwd_colour`, whose `red` and
`yellow` hold some orange ones), and then the share of pixels the default policy calls orange.
"""

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track
from rich.table import Table

from datasets.records import Record, read_sources
from datasets.sources import BY_NAME
from models.truth import ORANGE_SEEN, PROMINENT, seen_by_eye
from vision.colour import STRENGTH, Floats, light_gains, read_colours, sample, to_lch
from vision.detections import Box
from vision.labels import Label
from vision.photo import decode_photo
from vision.policy import RuleId, read_policy
from vision.rules.helmet import shell

COLOURED = ("red", "orange", "yellow", "blue")
SOURCES = (
    "panly_workwear", "rf100_construction_safety", "construction_ppe", "syook", "minhnkb",
    "helmets_univer", "hard_hat_sample", "gdut_hwd_colour",
)  # fmt: skip
MIN_PIXELS = 100
GREY = 15  # chroma under which a pixel has no hue to speak of


@dataclass(frozen=True)
class Shell:
    """Pixels (n, 3) of one helmet's shell, the photo's light gains, and its known colour."""

    colour: str
    pixels: npt.NDArray[np.uint8]
    gains: Floats


def read_shells(data: Path) -> Iterator[Shell]:
    """Shells of helmets that stand alone in their photo, or whose label names a colour."""
    eyes = seen_by_eye(data)
    records = list(read_sources(data, tuple(BY_NAME[name] for name in SOURCES)))
    for record in track(records, description="Helmets", transient=True):
        known = list(_known_colours(record, eyes))
        if not known:
            continue
        pixels = decode_photo(record.path.read_bytes()).pixels
        gains = light_gains(pixels)
        for colour, box in known:
            found = sample(pixels, shell(box), ellipse=True)
            if len(found) >= MIN_PIXELS:
                yield Shell(colour, found, gains)


def _known_colours(
    record: Record, eyes: dict[tuple[str, str], dict[str, str | None]]
) -> Iterator[tuple[str, Box]]:
    least = PROMINENT * max(record.size)
    helmets = [
        Box(label, 1.0, *box)
        for label, box in record.boxes
        if label is Label.HELMET and box[2] - box[0] >= least
    ]
    if record.source == "gdut_hwd_colour":
        names = (record.path.parents[1] / "classes.txt").read_text().split()
        lines = (record.path.parents[1] / "labels" / f"{record.path.stem}.txt").read_text()
        rows = list(csv.reader(lines.splitlines(), delimiter=" "))
        for row in rows:
            colour, middle = names[int(row[0])], float(row[1]) * record.size[0]
            for helmet in helmets:
                if abs(helmet.centre[0] - middle) < 1 and colour != "none":
                    yield colour, helmet
        return
    tag = eyes.get((record.source, record.path.name), {}).get("orange")
    if len(helmets) == 1 and (tag is None or tag in ORANGE_SEEN):
        yield ("orange" if tag in ORANGE_SEEN else "not orange"), helmets[0]


def main(data: Path) -> None:
    """Print both tables."""
    shells = list(read_shells(data))
    console = Console()
    hues = Table("light correction", "colour", "helmets", "hue 5 %", "25 %", "50 %", "75 %", "95 %")
    for strength in (0.0, STRENGTH, 1.0):
        for colour in COLOURED:
            found = [
                hue
                for s in shells
                if s.colour == colour
                and (hue := _mean_hue(s.pixels, s.gains ** (strength / STRENGTH))) is not None
            ]
            spread: list[float] = []
            if found:
                spread = np.percentile(found, [5, 25, 50, 75, 95]).tolist()
            hues.add_row(
                f"{strength:.1f}", colour, str(len(found)), *(f"{value:.1f}" for value in spread)
            )
    console.print(hues)
    policy = read_policy()
    settings = policy.rules[RuleId.HELMET_COLOUR]
    named = Table("colour", "helmets", "PASS", "unsure", "FAIL", "orange share 5 %", "50 %", "95 %")
    for colour in sorted({s.colour for s in shells}):
        shares = np.array(
            [
                read_colours(s.pixels, s.gains, policy.colours).share(settings.colours)
                for s in shells
                if s.colour == colour
            ]
        )
        passed, failed = shares >= settings.pass_share, shares <= settings.fail_share
        named.add_row(
            colour,
            str(len(shares)),
            *(f"{np.mean(part):.3f}" for part in (passed, ~passed & ~failed, failed)),
            *(f"{value:.2f}" for value in np.percentile(shares, [5, 50, 95])),
        )
    console.print(named)


def _mean_hue(pixels: npt.NDArray[np.uint8], gains: Floats) -> float | None:
    """Circular mean hue in degrees, -180 to 180, of the coloured pixels; None if they are few."""
    lch = to_lch(pixels, gains)
    coloured = lch[lch[:, 1] > GREY]
    if len(coloured) < 0.3 * len(lch):
        return None
    return float(np.degrees(np.angle(np.mean(np.exp(1j * np.radians(coloured[:, 2]))))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
