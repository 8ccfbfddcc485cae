"""Command line of the synthesis: find bodies, make composites, look at them."""

import json
import logging
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from datasets.records import Record, read_sources
from datasets.sources import BY_NAME
from datasets.splits import split_of
from datasets.synthesis import bodies as bodies_script
from datasets.synthesis import floor, make
from datasets.synthesis.covers import cut_covers
from datasets.synthesis.preview import choose, contact_sheet
from datasets.synthesis.regions import PEOPLE_SOURCES, regions_of

app = typer.Typer(
    no_args_is_help=True, help="Make labelled composites from real training pictures."
)

Data = Annotated[Path, typer.Argument(help="Folder of the sources.", exists=True, file_okay=False)]
Cache = Annotated[Path, typer.Argument(help="Folder of body points and masks.")]


def _training_records(data: Path, names: tuple[str, ...]) -> list[Record]:
    records = read_sources(data, tuple(BY_NAME[name] for name in names))
    return [record for record in records if split_of(record) == "train"]


@app.command()
def bodies(
    data: Data,
    cache: Cache,
    python: Annotated[
        Path, typer.Option(help="Python of the environment that has mediapipe 0.10.21.")
    ],
) -> None:
    """Find body points and masks of the people in all training pictures."""
    jobs = [
        {"name": record.name, "path": str(record.path.resolve()), "regions": regions}
        for record in _training_records(data, PEOPLE_SOURCES)
        if (regions := regions_of(record))
    ]
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "jobs.json"
        listed.write_text(json.dumps(jobs), encoding="utf-8")
        script = str(Path(bodies_script.__file__))
        subprocess.run([str(python), script, str(listed), str(cache)], check=True)


@app.command("make")
def make_set(
    data: Data,
    cache: Cache,
    out: Annotated[Path, typer.Argument(help="New folder, laid out like a source.")],
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    variants: Annotated[int, typer.Option(min=1, help="Tries per picture with people.")] = 2,
    limit: Annotated[int, typer.Option(help="Stop after so many pictures; 0: all.")] = 0,
) -> None:
    """Make a set of composites."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    records = _training_records(data, (*PEOPLE_SOURCES, *floor.FLOORS))
    made = make.compose(records, cache, cut_covers(data), seed=seed, variants=variants)
    counts = make.write(made, out, limit=limit or None)
    for name, count in counts.most_common():
        typer.echo(f"{count:6d}  {name}")


@app.command()
def preview(
    folder: Annotated[Path, typer.Argument(help="A made set.", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Argument(help="PNG or JPEG to write.")],
    count: Annotated[int, typer.Option(min=1)] = 36,
    seed: Annotated[int, typer.Option(help="Which pictures.")] = 0,
    edit: Annotated[str, typer.Option(help="Only with this edit, e.g. chest/card.")] = "",
    boxes: Annotated[bool, typer.Option(help="Draw the labels.")] = True,
) -> None:
    """Draw a contact sheet of a made set with its boxes."""
    contact_sheet(folder, choose(folder, count, seed, edit), boxes=boxes).save(out)
    typer.echo(str(out))
