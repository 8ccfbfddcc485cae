"""A made set: the same bytes from the same seed, labels that YOLO reads, sheets and commands."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from datasets.records import Record, read_sources
from datasets.sources import COMPOSITES
from datasets.splits import split_of
from datasets.synthesis import cli, make
from datasets.synthesis.preview import choose, contact_sheet
from tests.synthesis.figures import drawn_covers, standing
from vision.labels import LABELS, Label


@pytest.fixture
def photos(tmp_path: Path) -> list[Record]:
    """Four drawn people in the folder of a source, with body points in tmp_path/cache."""
    folder, cache = tmp_path / "panly_workwear" / "images", tmp_path / "cache"
    folder.mkdir(parents=True)
    cache.mkdir()
    records: list[Record] = []
    for number in range(20):
        canvas, body = standing(seed=number)
        path = folder / f"{number:06d}.png"
        record = Record(
            source="panly_workwear",
            path=path,
            size=canvas.size,
            group=f"panly_workwear/{path.stem}",
            boxes=tuple(canvas.boxes),
            known=frozenset(canvas.known),
        )
        if split_of(record) == "train" and len(records) < 4:
            cv2.imwrite(str(path), canvas.pixels[..., ::-1].astype(np.uint8))
            np.savez_compressed(
                cache / f"{record.name}.npz",
                regions=np.array([body.region], np.float32),
                points=body.points[None],
                masks=body.mask[None],
            )
            records.append(record)
    return records


def _made(records: list[Record], cache: Path, seed: int = 1) -> Iterator[make.Composite]:
    return make.compose(records, cache, drawn_covers(), seed=seed, variants=3)


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        total.update(path.relative_to(folder).as_posix().encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def test_same_seed_same_bytes(photos: list[Record], tmp_path: Path) -> None:
    for out in ("one", "two"):
        make.write(_made(photos, tmp_path / "cache"), tmp_path / out)
    make.write(_made(photos, tmp_path / "cache", seed=2), tmp_path / "other")
    assert _digest(tmp_path / "one") == _digest(tmp_path / "two")
    assert _digest(tmp_path / "one") != _digest(tmp_path / "other")


def test_a_picture_does_not_hang_on_those_before_it(photos: list[Record], tmp_path: Path) -> None:
    whole = {c.stem: c for c in _made(photos, tmp_path / "cache")}
    alone = {c.stem: c for c in _made(photos[2:3], tmp_path / "cache")}
    assert alone
    for stem, composite in alone.items():
        np.testing.assert_array_equal(composite.pixels, whole[stem].pixels)


def test_labels_are_inside_and_known(photos: list[Record], tmp_path: Path) -> None:
    out = tmp_path / "set"
    counts = make.write(_made(photos, tmp_path / "cache"), out)
    known = json.loads((out / "known.json").read_text())
    facts = json.loads((out / "facts.json").read_text())
    names = (out / "classes.txt").read_text().split()
    assert names == [str(label) for label in LABELS]
    stems = {p.stem for p in (out / "images").iterdir()}
    assert stems == set(known) == set(facts) == {p.stem for p in (out / "labels").iterdir()}
    assert counts["pictures"] == len(stems) >= 4
    for stem in stems:
        assert cv2.imread(str(out / "images" / f"{stem}.webp")) is not None
        for line in (out / "labels" / f"{stem}.txt").read_text().splitlines():
            number, *numbers = line.split()
            cx, cy, w, h = map(float, numbers)
            assert min(cx - w / 2, cy - h / 2) >= -1e-5
            assert max(cx + w / 2, cy + h / 2) <= 1 + 1e-5
            assert names[int(number)] in known[stem]


def test_boxes_of_what_is_boxed_in_part_stay(photos: list[Record], tmp_path: Path) -> None:
    """Else composites would hold shoe covers, but no shoes beside them."""
    shoe = (Label.SHOES, (20.0, 40.0, 60.0, 60.0))
    strip = (Label.STRIP, (20.0, 80.0, 60.0, 90.0))  # an edit may have sewn others
    boxed = [replace(r, boxes=(*r.boxes, shoe, strip), known=r.known - {shoe[0]}) for r in photos]
    whole = [
        c
        for c in _made(boxed, tmp_path / "cache")
        if c.pixels.shape[:2] == photos[0].size[::-1] and Label.STRIP not in c.known
    ]
    assert whole
    for composite in whole:
        assert shoe in composite.boxes
        assert strip not in composite.boxes
        assert Label.SHOES not in composite.known


def test_only_training_pictures_are_edited(photos: list[Record], tmp_path: Path) -> None:
    held_out = [
        Record(r.source, r.path, r.size, f"panly_workwear/{n}", r.boxes, r.known)
        for n, r in enumerate(photos * 10)
    ]
    held_out = [r for r in held_out if split_of(r) == "val"]
    assert held_out
    assert list(_made(held_out, tmp_path / "cache")) == []


def test_wanted_things_and_near_misses_share_the_pictures(
    photos: list[Record], tmp_path: Path
) -> None:
    """No shortcut: being a composite must not tell which labels a picture holds."""
    edits: Counter[str] = Counter()
    labels: Counter[Label] = Counter()
    made = [c for seed in range(6) for c in _made(photos, tmp_path / "cache", seed)]
    for composite in made:
        edits.update(composite.edits)
        labels.update({label for label, _ in composite.boxes})
    for label in (Label.BADGE, Label.STRIP, Label.SHOE_COVER):
        assert 0.15 < labels[label] / len(made) < 0.8, label
    near_misses = {"chest/lanyard", "chest/phone", "chest/logo", "top/printed stripes"}
    assert all(edits[name] for name in (*near_misses, "top/plain blue", "feet/blue shoes"))


def test_the_sheet_shows_what_was_asked_for(photos: list[Record], tmp_path: Path) -> None:
    out = tmp_path / "set"
    make.write(_made(photos, tmp_path / "cache"), out)
    facts = json.loads((out / "facts.json").read_text())
    stems = choose(out, 5, seed=0, edit="chest/card")
    assert stems
    assert all(any("chest/card" in e for e in facts[s]["edits"]) for s in stems)
    assert contact_sheet(out, stems, columns=3).size == (900, 312 * -(-len(stems) // 3))
    png = tmp_path / "sheet.png"
    result = CliRunner().invoke(cli.app, ["preview", str(out), str(png), "--count", "4"])
    assert result.exit_code == 0, result.output
    assert png.stat().st_size > 5000


def test_a_set_is_laid_out_like_a_source(photos: list[Record], tmp_path: Path) -> None:
    make.write(_made(photos, tmp_path / "cache"), tmp_path / COMPOSITES.name)
    records = list(read_sources(tmp_path, [COMPOSITES]))
    assert records
    assert {split_of(record) for record in records} == {"train"}
    assert any(label is Label.BADGE for record in records for label, _ in record.boxes)
    # known.json: each picture says by itself what it is exhaustive about
    assert all(label in record.known for record in records for label, _ in record.boxes)
    assert len({record.known for record in records}) > 1
    assert COMPOSITES.synthetic


def test_the_set_can_be_limited(photos: list[Record], tmp_path: Path) -> None:
    counts = make.write(_made(photos, tmp_path / "cache"), tmp_path / "few", limit=2)
    assert counts["pictures"] == 2
    assert len(list((tmp_path / "few" / "images").iterdir())) == 2
