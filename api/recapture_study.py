"""Study what the cues of `api.recapture` find, and how often they are wrong about real photos.

`python -m api.recapture_study DATA [PHOTOS] [SEED] [FOLDER]` looks at so many real photos of DATA,
none of which should be flagged, and at simulated photos of screens and prints that show some of
them (`api.simulated`). One half of both is there to set limits by, the other to report. Photos
flagged wrongly are named; with FOLDER every simulated photo is written there, and what found it, to
be looked at.
"""

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from api.recapture import MIN_LINE, find_frame, grid_strength
from api.simulated import Camera, paper, screen
from vision import decode_photo
from vision.photo import EXTENSIONS, decode_luminance

KINDS = ("screen, its edge in view", "screen, filling", "print, its edge in view", "print, filling")
REAL = "real photo"
HALVES = ("to set limits by", "to report")
SHOWN = 16  # of so many photos one is shown to the simulated camera in each way
LIMITS = (5.0, 5.5, 6.0, 6.5, 7.0)


@dataclass(frozen=True)
class Seen:
    """What the cues said of one photo."""

    half: str
    kind: str
    name: str
    frame: bool
    line: float

    @property
    def grid(self) -> bool:
        """Whether the pattern is strong enough."""
        return self.line >= MIN_LINE

    @classmethod
    def of(cls, half: str, kind: str, name: str, data: bytes) -> "Seen":
        """Ask the cues."""
        luminance = decode_luminance(data)
        return cls(half, kind, name, find_frame(luminance) is not None, grid_strength(luminance))


def choose(data: Path, count: int, luck: random.Random) -> list[Path]:
    """As many of each source as there are, none that was rendered."""
    sources: dict[Path, list[Path]] = defaultdict(list)
    for path in sorted(data.rglob("*")):
        if path.suffix.lower() in EXTENSIONS and "rendered" not in path.parts:
            sources[path.parent].append(path)
    for paths in sources.values():
        luck.shuffle(paths)
    turns = [
        path
        for turn in range(count)
        for paths in sources.values()
        for path in paths[turn : turn + 1]
    ]
    chosen = turns[:count]
    luck.shuffle(chosen)
    return chosen


def look(paths: list[Path], seed: int, folder: Path | None) -> Iterator[Seen]:
    """At each photo, and at what a camera makes of some of them."""
    luck = np.random.default_rng(seed)
    for number, path in enumerate(paths):
        half = HALVES[number % 2]
        yield Seen.of(half, REAL, f"{path.parents[1].name}/{path.name}", path.read_bytes())
        if number // 2 % SHOWN:
            continue
        photo = np.ascontiguousarray(decode_photo(path.read_bytes()).pixels)
        behind = paths[(number + 7) % len(paths)]
        around = np.ascontiguousarray(decode_photo(behind.read_bytes()).pixels)
        for kind in KINDS:
            share = luck.uniform(1.02, 1.3) if "filling" in kind else luck.uniform(0.65, 0.97)
            take = screen if "screen" in kind else paper
            taken = take(photo, around, Camera.draw(luck), luck, share)
            seen = Seen.of(half, kind, f"{number}", taken)
            if folder is not None:
                cues = "frame" * seen.frame + "grid" * seen.grid or "missed"
                (folder / f"{number:04d} {kind} {cues}.jpg").write_bytes(taken)
            yield seen


def main(data: Path, count: int = 400, seed: int = 0, folder: Path | None = None) -> None:
    """Print the tables."""
    console = Console()
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    seen = []
    for one in look(choose(data, count, random.Random(seed)), seed, folder):
        seen.append(one)
        if one.kind == REAL and (one.frame or one.grid):
            cues = "frame " * one.frame + "grid" * one.grid
            console.print(f"  flagged ({one.half}): {one.name}: {cues} {one.line:.1f}")
    console.print(_limits([one for one in seen if one.half == HALVES[0]]))
    for half in HALVES:
        console.print(_found(half, [one for one in seen if one.half == half]))


def _limits(seen: list[Seen]) -> Table:
    table = Table("grid: line of", *map(str, LIMITS), title=HALVES[0])
    for kind in (REAL, *KINDS):
        lines = [one.line for one in seen if one.kind == kind]
        table.add_row(
            kind, *(_share(sum(v >= limit for v in lines), len(lines)) for limit in LIMITS)
        )
    return table


def _found(half: str, seen: list[Seen]) -> Table:
    table = Table("photos", "frame", "grid", "either", title=half)
    total = Counter(one.kind for one in seen)
    for kind in (*KINDS, REAL):
        of_kind = [one for one in seen if one.kind == kind]
        hits = (
            sum(one.frame for one in of_kind),
            sum(one.grid for one in of_kind),
            sum(one.frame or one.grid for one in of_kind),
        )
        table.add_row(kind, *(_share(hit, total[kind]) for hit in hits))
    return table


def _share(hits: int, count: int) -> str:
    return f"{hits}/{count} ({hits / count:.1%})" if count else "-"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m api.recapture_study")
    parser.add_argument("data", type=Path)
    parser.add_argument("photos", type=int, nargs="?", default=400)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("folder", type=Path, nargs="?")
    asked = parser.parse_args()
    main(asked.data, asked.photos, asked.seed, asked.folder)
