"""Study what the questions about copies find, and how often they are asked of different photos.

`python -m api.fraud_study DATA [PHOTOS] [SEED]` keeps photos of DATA, neighbouring frames of
videos and bursts among them, as the service does, and sends altered
copies of some. Then it sends the photos themselves, each against all the others: what is found
there are copies that DATA holds already, frames of one video, or false alarms; they are listed, to
be looked at.
"""

import io
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance, ImageOps
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy.orm import Session

from api.copies import Appearance, find_copies, remember
from api.db import Database
from api.fingerprint import distance, perceptual_hash, perceptual_hashes
from api.photos import PhotoStore
from api.settings import Settings
from api.sketch import shrunk
from api.tables import Account, Check, PolicyVersion, Role, Team, WorkOrder, now
from vision import decode_photo

NEAR = 3
ALTERED = 5  # of every so many photos copies of one are sent
ONE_OF = ("shoe_covers", "shoes_workshoe_frames", "shoes_workshoe_labelled", "badge_princeid",
          "badge_manual", "construction_ppe", "badge_vicky_uniform")  # fmt: skip
"""Sources with neighbouring frames, bursts, or few people in many pictures."""


def cropped(image: Image.Image, share: float, luck: random.Random) -> Image.Image:
    """Anywhere in the picture, so much of each side."""
    width, height = (round(edge * share) for edge in image.size)
    x, y = luck.randint(0, image.width - width), luck.randint(0, image.height - height)
    return image.crop((x, y, x + width, y + height))


def tinted(image: Image.Image) -> Image.Image:
    """Warmer and brighter."""
    red, green, blue = ImageEnhance.Brightness(image).enhance(1.08).split()
    return Image.merge("RGB", (red.point(_times(1.1)), green, blue.point(_times(0.88))))


def _times(factor: float) -> list[int]:
    return [min(255, round(value * factor)) for value in range(256)]


def smaller(image: Image.Image) -> Image.Image:
    """To 60 % of each side."""
    return image.resize((round(image.width * 0.6), round(image.height * 0.6)))


Alter = Callable[[Image.Image, random.Random], Image.Image]
WAYS: dict[str, tuple[Alter, int]] = {
    "recompressed": (lambda image, _: image, 40),
    "tinted, 60 % of the size": (lambda image, _: smaller(tinted(image)), 60),
    "mirrored": (lambda image, _: ImageOps.mirror(image), 70),
    "white border, 10 % a side": (
        lambda image, _: ImageOps.expand(image, max(image.size) // 10, "white"),
        70,
    ),
    "cropped to 90 %": (lambda image, luck: cropped(image, 0.9, luck), 70),
    "cropped to 80 %": (lambda image, luck: cropped(image, 0.8, luck), 70),
    "cropped to 70 %": (lambda image, luck: cropped(image, 0.7, luck), 70),
    "cropped to 70 %, mirrored": (
        lambda image, luck: ImageOps.mirror(cropped(image, 0.7, luck)),
        70,
    ),
    "cropped to 70 %, tinted, small": (
        lambda image, luck: smaller(tinted(cropped(image, 0.7, luck))),
        60,
    ),
    "cropped to 60 %": (lambda image, luck: cropped(image, 0.6, luck), 70),
}


@dataclass(frozen=True)
class Kept:
    """A photo in the study's database."""

    check_id: str
    path: Path
    hash: int | None


class Archive:
    """Photos kept as the service keeps them."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(data_dir=folder)
        self.store = PhotoStore.open(settings)
        self.database = Database(settings.database_address)
        self.database.upgrade()
        self.kept: list[Kept] = []
        with self.database.write() as session:
            team = Team(name="study")
            session.add(team)
            session.flush()
            person = Account(login="study", name="study", role=Role.TECHNICIAN, team_id=team.id)
            policy = PolicyVersion(
                name="study", version="0", document={}, reason="", author_id=None
            )
            order = WorkOrder(number="0", team_id=team.id, shots=[])
            session.add_all([person, policy, order])
            session.flush()
            self._facts: dict[str, Any] = {
                "technician_id": person.id,
                "submitted_by": person.id,
                "team_id": team.id,
                "order_id": order.id,
                "policy_id": policy.id,
                "shot": "selfie",
                "day": now().date(),
                "verdict": "PASS",
                "final_verdict": "PASS",
                "review": "none",
                "model_version": "",
                "report": {},
            }

    def keep(self, path: Path) -> None:
        """Take a photo in."""
        data = path.read_bytes()
        pixels = decode_photo(data).pixels
        with self.database.write() as session:
            check = Check(photo_sha256=self.store.put(data), **self._facts)
            session.add(check)
            session.flush()
            remember(session, check.id, Appearance.of(shrunk(pixels)).plain)
        self.kept.append(Kept(check.id, path, perceptual_hash(pixels)))

    def ask(self, session: Session, data: bytes) -> tuple[set[str], set[str], float]:
        """Checks found by the hash of the whole, and by parts; CPU seconds for those."""
        pixels = decode_photo(data).pixels
        hashes = [value for value in perceptual_hashes(pixels) if value is not None]
        near = {
            kept.check_id
            for kept in self.kept
            if kept.hash is not None and any(distance(kept.hash, value) <= NEAR for value in hashes)
        }
        start = time.process_time()
        copies = find_copies(session, self.store, Appearance.of(shrunk(pixels)))
        return near, {copy.check_id for copy in copies}, time.process_time() - start


def choose(data: Path, count: int, luck: random.Random) -> list[Path]:
    """Half of them runs of neighbours, half of them from anywhere."""
    folders = sorted(path for path in data.iterdir() if (path / "images").is_dir())
    chosen: list[Path] = []
    for name in ONE_OF:
        frames = sorted((data / name / "images").iterdir())
        run = min(len(frames), count // (2 * len(ONE_OF)))
        first = luck.randrange(len(frames) - run + 1)
        chosen += frames[first : first + run]
    others = [p for f in folders if f.name not in (*ONE_OF, "rendered")
              for p in sorted((f / "images").iterdir())]  # fmt: skip
    return chosen + luck.sample(others, count - len(chosen))


def main(data: Path, count: int = 400, seed: int = 0) -> None:
    """Print both tables."""
    luck = random.Random(seed)
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(Path(folder))
        for path in track(choose(data, count, luck), "Keeping", transient=True):
            archive.keep(path)
        with archive.database.read() as session:
            console.print(_altered(archive, session, luck))
            _others(archive, session, console)
        archive.database.close()


def _altered(archive: Archive, session: Session, luck: random.Random) -> Table:
    table = Table("copy", "sent", "by hash", "by part", "either", "CPU seconds")
    originals = luck.sample(archive.kept, max(1, len(archive.kept) // ALTERED))
    for way, (alter, quality) in track(WAYS.items(), "Altering", transient=True):
        found, seconds = np.zeros(3, int), []
        for kept in originals:
            with Image.open(kept.path) as image:
                out = io.BytesIO()
                alter(image.convert("RGB"), luck).save(out, "JPEG", quality=quality)
            near, parts, took = archive.ask(session, out.getvalue())
            hits = (kept.check_id in near, kept.check_id in parts)
            found += [*hits, any(hits)]
            seconds.append(took)
        shares = [f"{hits / len(originals):.3f}" for hits in found]
        table.add_row(way, str(len(originals)), *shares, f"{np.median(seconds):.3f}")
    return table


def _others(archive: Archive, session: Session, console: Console) -> None:
    names = {
        kept.check_id: f"{kept.path.parents[1].name}/{kept.path.name}" for kept in archive.kept
    }
    flagged = 0
    for kept in track(archive.kept, "Comparing", transient=True):
        _, parts, _ = archive.ask(session, kept.path.read_bytes())
        others = sorted(parts - {kept.check_id})
        flagged += bool(others)
        for other in others:
            if names[kept.check_id] < names[other]:
                console.print(f"  {names[kept.check_id]} ~ {names[other]}")
    console.print(f"{flagged} of {len(archive.kept)} photos resemble another one kept")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:4]))
