"""Contact sheets of a made set: every edit can be looked at, with its boxes."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from vision.labels import Label

TILE = 300  # pixels of a tile's longer side
CAPTION = 12  # pixels of height under each tile

COLOURS = {
    Label.BADGE: "red",
    Label.STRIP: "magenta",
    Label.SHOE_COVER: "cyan",
    Label.SHOES: "orange",
    Label.LITTER: "yellow",
    Label.WORKWEAR: "lime",
    Label.PLAINWEAR: "green",
    Label.HELMET: "white",
    Label.VEST: "dodgerblue",
}
"""Labels that are drawn; people and heads would cover the rest."""


def choose(folder: Path, count: int, seed: int, edit: str = "") -> list[str]:
    """Stems of some pictures of a set, by chance; only those with an edit that contains `edit`.

    Raises:
        FileNotFoundError: `folder` is not a made set.
    """
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    stems = sorted(s for s, f in facts.items() if any(edit in e for e in f["edits"]))
    picked = np.random.default_rng(seed).permutation(len(stems))[:count]
    return [stems[i] for i in picked]


def contact_sheet(
    folder: Path, stems: Sequence[str], columns: int = 6, boxes: bool = True
) -> Image.Image:
    """One image with a tile for each picture and its edits as caption."""
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    names = (folder / "classes.txt").read_text(encoding="utf-8").split()
    rows = -(-len(stems) // columns)
    sheet = Image.new("RGB", (columns * TILE, max(rows, 1) * (TILE + CAPTION)))
    text = ImageDraw.Draw(sheet)
    for number, stem in enumerate(stems):
        with Image.open(folder / "images" / f"{stem}.webp") as image:
            tile = image.convert("RGB")
        tile.thumbnail((TILE, TILE), Image.Resampling.LANCZOS)
        if boxes:
            label_file = folder / "labels" / f"{stem}.txt"
            _draw_boxes(tile, label_file.read_text(encoding="utf-8"), names)
        x, y = number % columns * TILE, number // columns * (TILE + CAPTION)
        sheet.paste(tile, (x, y))
        edits = " ".join(e.partition("/")[2] for e in facts[stem]["edits"])
        text.text((x + 2, y + TILE), f"{stem.partition('__')[2][:12]} {edits}"[:48], fill="yellow")
    return sheet


def _draw_boxes(tile: Image.Image, rows: str, names: Sequence[str]) -> None:
    pen = ImageDraw.Draw(tile)
    for row in rows.splitlines():
        number, *numbers = row.split()
        colour = COLOURS.get(Label(names[int(number)]))
        if colour is None:
            continue
        cx, cy, w, h = (float(v) for v in numbers)
        corners = ((cx - w / 2) * tile.width, (cy - h / 2) * tile.height,
                   (cx + w / 2) * tile.width, (cy + h / 2) * tile.height)  # fmt: skip
        pen.rectangle(corners, outline=colour)
