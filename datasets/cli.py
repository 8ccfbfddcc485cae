"""`ppe dataset`: check, count and write down the training pictures, and build a training set."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress
from rich.table import Table

from datasets.build import build as build_set
from datasets.check import Lists, check_all
from datasets.conditions import (
    DISTANCES,
    LIGHTS,
    PARTS,
    Counts,
    count_distances,
    count_lights,
)
from datasets.errors import DatasetError
from datasets.formats import Format, LabelledPicture, LabelSet, read, write
from datasets.records import Record, read_sources
from datasets.reviewed import import_corrections, read_own
from datasets.sources import BY_NAME, COMPOSITES, SOURCES
from datasets.splits import Split, divide, split_of
from datasets.stats import count_labels, count_sources, shapes
from datasets.synthesis.cli import app as synthesis_app
from datasets.written import SPLITS, write_splits
from vision.errors import PpeError
from vision.labels import LABELS

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Check, count and build the training pictures.",
)
app.add_typer(synthesis_app, name="synthesise")
out, err = Console(), Console(stderr=True)

ToOption = Annotated[Format, typer.Option("--to", help="Format to write.")]
DataOption = Annotated[Path, typer.Option("--data", help="Folder that holds the sources.")]


@app.command()
def build(
    out_dir: Annotated[Path, typer.Option("--out", help="Folder of the training set.")],
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder that holds the public sources.")
    ] = None,
    composites: Annotated[
        Path | None, typer.Option(help="Folder that holds composites/, to train on as well.")
    ] = None,
    reviewed: Annotated[
        Path | None, typer.Option(help="Folder of `ppe dataset import`, to train on as well.")
    ] = None,
    negatives_every: Annotated[
        int, typer.Option(min=1, help="Keep one in so many training pictures without a box.")
    ] = 2,
) -> None:
    """Write a training set in the YOLO layout.

    Pictures are copied once: a second run into the same folder only writes the labels again.
    """
    with _errors(), _progress("Building") as (start, step):
        if data is None and composites is None and reviewed is None:
            raise typer.BadParameter("name at least one of --data, --composites, --reviewed")
        records = [] if data is None else list(read_sources(data))
        if composites is not None:
            records += read_sources(composites, [COMPOSITES])
        if reviewed is not None:
            records += read_own(reviewed)
        start(len(records))
        try:
            out_dir.mkdir(parents=True, exist_ok=True)
            written = build_set(records, out_dir, negatives_every, on_picture=step)
        except OSError as error:
            raise DatasetError(
                "dataset.output_unusable", f"cannot write to {out_dir}: {error.strerror}"
            ) from error
    out.print(f"{escape(str(written))}: ready to train on", soft_wrap=True)


@app.command("import")
def import_(
    archive: Annotated[Path, typer.Argument(help="ZIP of `ppe corrections export`.")],
    out_dir: Annotated[Path, typer.Option("--out", help="Folder of reviewed pictures; may exist.")],
    hold_out: Annotated[
        float,
        typer.Option(min=0, max=1, help="Share of technicians to measure on, never to train on."),
    ] = 0.0,
) -> None:
    """Take in what supervisors said about photos: pictures to train on, pictures to label."""
    with _errors():
        out_dir.mkdir(parents=True, exist_ok=True)
        counts = import_corrections(archive, out_dir, hold_out)
    for name, count in counts.items():
        out.print(f"{count:6d}  {name}")


@app.command()
def export(
    data: DataOption,
    out_dir: Annotated[Path, typer.Argument(help="New folder of the set.")],
    layout: ToOption,
    source: Annotated[
        list[str] | None, typer.Option(help="Only this source; may be repeated.")
    ] = None,
    half: Annotated[
        str, typer.Option("--split", help="train, val or all.", metavar="SPLIT")
    ] = "all",
) -> None:
    """Write sources, in our labels, in the format of another tool."""
    if half not in ("train", "val", "all"):
        raise typer.BadParameter("--split is train, val or all")
    with _errors():
        chosen = [s for s in BY_NAME.values() if s.name in source] if source else list(SOURCES)
        if unknown := set(source or ()) - {s.name for s in chosen}:
            raise DatasetError("dataset.source_missing", f"no source is called {unknown.pop()}")
        records = [r for r in read_sources(data, chosen) if half in ("all", split_of(r))]
        known = {r.name: [str(x) for x in LABELS if x in r.known] for r in records}
        label_set = LabelSet(tuple(map(str, LABELS)), tuple(map(_labelled, records)), known)
        write(label_set, out_dir, layout)
    _print_set(label_set, out_dir, layout)


@app.command()
def convert(
    given: Annotated[Path, typer.Argument(metavar="FROM", help="A set's folder or its labels.")],
    out_dir: Annotated[Path, typer.Argument(metavar="TO", help="Folder of the new set.")],
    layout: ToOption,
    given_layout: Annotated[
        Format | None, typer.Option("--from", help="Its format; left out, told from the files.")
    ] = None,
    known: Annotated[
        str,
        typer.Option(help="Labels that were looked for in every picture, with commas, or `all`."),
    ] = "",
) -> None:
    """Turn a set of labelled pictures into another format; names of classes stay.

    A `source` is trained on, so it must be known which labels were looked for: from known.json
    beside the labels, or from --known.
    """
    with _errors():
        label_set = read(given, given_layout)
        if known:
            label_set = _with_known(label_set, known)
        stems = {Path(p.file).stem for p in label_set.pictures}
        unsaid = stems - label_set.known.keys()
        if layout is Format.SOURCE and unsaid:
            raise DatasetError(
                "dataset.known_missing",
                f"{given} does not say what was looked for in {len(unsaid)} pictures: "
                "name the labels with --known",
            )
        write(label_set, out_dir, layout)
    _print_set(label_set, out_dir, layout)


@app.command()
def split(
    data: DataOption,
    splits: Annotated[Path, typer.Option("--out", help="CSV to write.")] = SPLITS,
) -> None:
    """Write down which picture is for training and which for validation."""
    with _errors():
        records = list(read_sources(data))
        write_splits(records, splits)
    halves = divide(records)
    out.print(
        f"{escape(str(splits))}: {len(halves['train'])} for training, "
        f"{len(halves['val'])} for validation",
        soft_wrap=True,
    )


@app.command()
def check(
    data: DataOption,
    splits: Annotated[Path, typer.Option(help="The split as written down.")] = SPLITS,
) -> None:
    """Look for leaks between training and validation, and for boxes and labels that are wrong.

    Exit code 0: nothing found. 1: problems, one a line. 2: an argument was unusable.
    """
    with _errors(), _progress("Comparing pictures") as (start, step):
        problems = check_all(data, Lists(written=splits), on_total=start, on_picture=step)
    for problem in problems:
        out.print(
            f"[bold red]{problem.code}[/]  {escape(problem.picture)}  {escape(problem.sentence)}",
            soft_wrap=True,
        )
    if problems:
        err.print(f"{len(problems)} problems")
        raise typer.Exit(1)
    out.print("no problems")


@app.command()
def stats(
    data: DataOption,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Tables for DATA_CARD.md on standard output.")
    ] = False,
    light: Annotated[bool, typer.Option(help="By light as well: opens every picture.")] = False,
    composites: Annotated[
        Path | None, typer.Option(help="Folder that holds composites/: a table of them as well.")
    ] = None,
) -> None:
    """Count pictures and boxes by label, split, source, size and light; shapes of heads."""
    with _errors(), _progress("Measuring light") as (start, step):
        records = list(read_sources(data))
        tables = [
            ("Labels", *_label_table(records)),
            ("Sources", *_source_table(records)),
            ("Sizes: boxes", *_condition_table(count_distances(records), DISTANCES)),
            ("Shapes of helmets and heads: median width / height", *_shape_table(data)),
        ]
        if light:
            start(len(records))
            tables.append(
                ("Light: pictures", *_condition_table(count_lights(records, step), LIGHTS))
            )
        if composites is not None:
            made = list(read_sources(composites, [COMPOSITES]))
            tables.append(("Composites", *_label_table(made)))
    for title, header, rows in tables:
        if markdown:
            sys.stdout.write(_markdown(title, header, rows))
            continue
        table = Table(*header, title=title, title_justify="left")
        for row in rows:
            table.add_row(*row)
        out.print(table)


def _labelled(record: Record) -> LabelledPicture:
    boxes = tuple((str(label), box) for label, box in record.boxes)
    name = f"{record.name}{record.path.suffix}"
    return LabelledPicture(record.path, record.size, boxes, name)


def _with_known(label_set: LabelSet, known: str) -> LabelSet:
    names = label_set.classes if known == "all" else tuple(known.split(","))
    if unknown := set(names) - set(label_set.classes):
        raise DatasetError("dataset.known_missing", f"the set has no class {unknown.pop()!r}")
    by_picture = {Path(picture.file).stem: list(names) for picture in label_set.pictures}
    return replace(label_set, known=by_picture)


def _print_set(label_set: LabelSet, folder: Path, layout: Format) -> None:
    boxes = sum(len(picture.boxes) for picture in label_set.pictures)
    text = f"{escape(str(folder))}: {len(label_set.pictures)} pictures, {boxes} boxes, {layout}"
    out.print(text, soft_wrap=True)


_TableText = tuple[Sequence[str], list[list[str]]]


def _label_table(records: Sequence[Record]) -> _TableText:
    counts = count_labels(records)
    columns: list[tuple[str, Split, bool]] = [
        ("train, real", "train", False),
        ("train, synthetic", "train", True),
        ("validation", "val", False),
    ]
    header = ["label"] + [f"{name}: known / with / boxes" for name, _, _ in columns]
    rows = []
    for label in LABELS:
        cells = [counts[label, half, synthetic] for _, half, synthetic in columns]
        rows.append([str(label)] + [f"{c.known} / {c.holding} / {c.boxes}" for c in cells])
    return header, rows


def _source_table(records: Sequence[Record]) -> _TableText:
    header = ["source", "train", "validation", "exhaustive about"]
    rows = []
    for count in count_sources(records):
        missing = [label for label in LABELS if label not in count.known]
        short = len(count.known) <= len(missing)
        labels = ", ".join(count.known) if short else f"all but {', '.join(missing)}"
        rows.append([count.source, str(count.train), str(count.val), labels])
    return header, rows


def _condition_table(counts: Counts, names: Sequence[str]) -> _TableText:
    header = ["label"] + [f"{part}: {' / '.join(names)}" for part in PARTS]
    rows = []
    for label in LABELS:
        cells = [counts.get((label, part), Counter()) for part in PARTS]
        if any(cells):
            shown = [" / ".join(str(cell[name]) for name in names) for cell in cells]
            rows.append([str(label), *shown])
    return header, rows


def _shape_table(data: Path) -> _TableText:
    header = ["label", "source", "boxes", "as drawn", "rule", "as used"]
    rows = [
        [str(s.label), s.source, str(s.boxes), f"{s.drawn:.2f}", s.rule, f"{s.used:.2f}"]
        for s in shapes(data)
    ]
    return header, rows


def _markdown(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return f"### {title}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


@contextmanager
def _progress(
    description: str,
) -> Iterator[tuple[Callable[[int], object], Callable[[], object]]]:
    """A progress bar: a function that sets the total, and one for each step."""
    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("Reading labels", total=None)
        yield (
            lambda total: bar.update(task, description=description, total=total),
            lambda: bar.advance(task),
        )


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except PpeError as error:
        _fail(error.code, error.message)
    except ModuleNotFoundError as error:
        _fail(
            "dataset.extra_missing",
            f"{error.name} is missing: pip install 'ppe-check[{_extra(error)}]'",
        )


def _extra(error: ModuleNotFoundError) -> str:
    return "formats" if (error.name or "").startswith("labelformat") else "train"


def _fail(code: str, message: str) -> NoReturn:
    err.print(f"[bold red]{code}[/]  {escape(message)}", soft_wrap=True)
    raise typer.Exit(2)
