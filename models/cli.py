"""`ppe model`: show and verify the shipped network; train, export, measure and describe another.

`show` and `verify` need nothing beyond what checking a photo needs. The other commands import what
they need when they are called, and say which extra is missing.
"""

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from models.errors import MakeError
from vision.checker import Checker
from vision.detector import Detector
from vision.errors import PpeError
from vision.manifest import DEFAULT_MANIFEST, read_manifest
from vision.session import SessionSettings

if TYPE_CHECKING:
    from datasets.records import Record
    from models.evaluate import Measured

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Show and verify the network, or make another one.",
)
out, err = Console(), Console(stderr=True)

ManifestOption = Annotated[Path, typer.Option("--manifest", help="Manifest of the network.")]
WeightsArgument = Annotated[Path, typer.Argument(help="Checkpoint (.pt).")]
DataOption = Annotated[Path, typer.Option("--data", help="Folder that holds the sources.")]
LimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, help="Look at so many pictures only.")
]
HeadOption = Annotated[
    bool,
    typer.Option("--nms-free/--classic", help="Which of the checkpoint's two heads to read."),
]
ApOption = Annotated[
    float, typer.Option("--min-ap50", help="AP50 from which a class is supported.")
]


@app.command()
def show(
    manifest: ManifestOption = DEFAULT_MANIFEST,
    as_json: Annotated[bool, typer.Option("--json", help="The manifest as it is.")] = False,
) -> None:
    """Show what the network is, what it can see and from which scores."""
    with _reported():
        facts = read_manifest(manifest)
    if as_json:
        sys.stdout.write(facts.model_dump_json(indent=2) + "\n")
        return
    table = Table("class", "supported", "present", "absent", "why")
    for row in facts.classes:
        seen = "[green]yes[/]" if row.supported else "[yellow]no[/]"
        table.add_row(str(row.label), seen, f"{row.present:.3f}", f"{row.absent:.3f}", row.why)
    out.print(f"[bold]{facts.name} {facts.version}[/]  {facts.file}, {facts.input_side} px")
    out.print(f"sha256 {facts.sha256}\nlicence {facts.licence}")
    out.print(f"trained on {', '.join(facts.trained_on) or 'unknown'}")
    out.print(table)


@app.command()
def verify(manifest: ManifestOption = DEFAULT_MANIFEST) -> None:
    """Compare the network file with its manifest and run it once on a grey picture."""
    with _reported():
        detector = Detector.open(manifest)
        detector.detect(np.full((480, 640, 3), 114, np.uint8))
    facts = detector.manifest
    out.print(f"[green]ok[/]  {facts.name} {facts.version}: sha256 and classes agree, it runs")


@app.command()
def train(  # noqa: PLR0913, PLR0917 - every one is an option of the command line
    data: Annotated[Path, typer.Option("--data", help="data.yaml of a built training set.")],
    weights: Annotated[Path, typer.Option("--weights", help="Checkpoint to start from.")],
    runs: Annotated[Path, typer.Option("--out", help="Folder of the run.")],
    epochs: Annotated[int, typer.Option(min=1, help="How often each picture is shown.")] = 6,
    side: Annotated[int, typer.Option(help="Long edge of the input, pixels.")] = 416,
    batch: Annotated[int, typer.Option(min=1)] = 16,
    lr: Annotated[float, typer.Option(help="Learning rate at the start.")] = 1e-3,
    freeze: Annotated[int, typer.Option(min=0, help="First layers kept as they are.")] = 5,
    device: Annotated[str, typer.Option(help="cpu, or the number of an accelerator.")] = "cpu",
    threads: Annotated[int, typer.Option(min=1)] = 2,
    workers: Annotated[int, typer.Option(min=0, help="Processes that read pictures.")] = 1,
    lr_final: Annotated[float, typer.Option(help="Share of --lr left at the end.")] = 0.1,
    nms_free: HeadOption = False,
    bf16: Annotated[
        bool, typer.Option("--bf16", help="Faster on CPUs that multiply bfloat16 (AMX).")
    ] = False,
    resume: Annotated[bool, typer.Option(help="Go on with the run in --out.")] = False,
) -> None:
    """Train, or go on with a training that was cut short."""
    with _reported():
        from models.train import TrainSettings  # noqa: PLC0415
        from models.train import train as run  # noqa: PLC0415

        for path in (data, weights):
            _must_exist(path)
        settings = TrainSettings(
            data=data,
            weights=weights,
            out=runs,
            epochs=epochs,
            imgsz=side,
            batch=batch,
            lr=lr,
            lr_final=lr_final,
            nms_free=nms_free,
            bf16=bf16,
            freeze=freeze,
            device=device,
            threads=threads,
            workers=workers,
        )
        try:
            last = run(settings, resume)
        except FileNotFoundError as error:
            raise MakeError("make.file_missing", str(error)) from error
    out.print(f"checkpoint: {last}")


@app.command()
def average(
    earlier: Annotated[Path, typer.Argument(help="Checkpoint a training began with.")],
    later: Annotated[Path, typer.Argument(help="Checkpoint it ended with.")],
    target: Annotated[Path, typer.Option("--out", help="Checkpoint to write.")],
    share: Annotated[float, typer.Option(min=0, max=1, help="Weight of the later one.")] = 0.6,
) -> None:
    """Average the weights of two checkpoints of one training: often better than either."""
    with _reported():
        from models.checkpoint import average_checkpoints  # noqa: PLC0415

        average_checkpoints(earlier, later, target, share)
    out.print(f"checkpoint: {target}")


@app.command()
def export(
    weights: WeightsArgument,
    folder: Annotated[Path, typer.Option("--out", help="Folder for the files.")] = Path("models"),
    side: Annotated[int, typer.Option(help="Long edge of the input, pixels.")] = 640,
    version: Annotated[str, typer.Option(help="Of the network, e.g. 2026.11.")] = "1",
    nms_free: HeadOption = False,
) -> None:
    """Write ppe.onnx and manifest.json; `evaluate --set` then sets the thresholds."""
    with _reported():
        from models.export import ExportSettings  # noqa: PLC0415
        from models.export import export as write  # noqa: PLC0415

        manifest = write(ExportSettings(weights, folder, side, version, nms_free))
    out.print(f"{folder / manifest.file}: {manifest.metrics['megabytes']} MB, {manifest.sha256}")
    out.print(f"largest difference from torch: {manifest.metrics['against_torch']}")
    out.print("No class is supported yet: ppe model evaluate --data DIR --set")


@app.command()
def evaluate(  # noqa: PLR0913, PLR0917 - every one is an option of the command line
    data: DataOption,
    manifest: ManifestOption = DEFAULT_MANIFEST,
    weights: Annotated[
        Path | None, typer.Option(help="Measure this checkpoint with torch in its place.")
    ] = None,
    side: Annotated[int | None, typer.Option(help="Long edge of the input, pixels.")] = None,
    limit: LimitOption = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write figures here.")] = None,
    by_source: Annotated[bool, typer.Option(help="Also by source.")] = False,
    set_thresholds: Annotated[
        bool, typer.Option("--set", help="Write thresholds and support into the manifest.")
    ] = False,
    min_ap50: ApOption = 0.55,
    precision: Annotated[
        float, typer.Option(min=0, max=1, help="Share of right boxes from `present` on.")
    ] = 0.75,
    nms_free: HeadOption = False,
    threads: Annotated[int, typer.Option(min=0, help="0 means all.")] = 0,
) -> None:
    """Measure every class on the real validation pictures."""
    with _reported():
        from models.evaluate import figures_of, open_detector, with_thresholds  # noqa: PLC0415
        from models.figures import table  # noqa: PLC0415
        from models.release import write_manifest  # noqa: PLC0415
        from models.thresholds import Targets  # noqa: PLC0415

        if set_thresholds and (weights or side or limit):
            raise typer.BadParameter("--set needs the manifest's network, side and all pictures")
        detector = open_detector(manifest, weights, side, nms_free=nms_free, threads=threads)
        measured = _measured(detector, data, limit)
        facts = detector.manifest
        if set_thresholds or weights:  # a checkpoint has no thresholds of its own
            facts = with_thresholds(facts, measured, Targets(ap50=min_ap50, precision=precision))
        if set_thresholds:
            write_manifest(facts, manifest)
        figures = figures_of(measured, facts, "torch" if weights else "onnx")
        out.print(table(figures, by_source))
        if json_file:
            json_file.write_text(figures.model_dump_json(indent=2) + "\n", encoding="utf-8")


@app.command()
def quantise(
    data: DataOption,
    folder: Annotated[Path, typer.Option("--out", help="Folder for the int8 files.")],
    manifest: ManifestOption = DEFAULT_MANIFEST,
    pictures: Annotated[int, typer.Option(min=1, help="Training pictures to calibrate on.")] = 200,
    limit: LimitOption = None,
    threads: Annotated[int, typer.Option(min=0, help="0 means all.")] = 0,
) -> None:
    """Make an int8 network and say, class by class and by the clock, whether it pays."""
    with _reported():
        from models import quantise as tools  # noqa: PLC0415
        from models.evaluate import open_detector  # noqa: PLC0415

        whole = open_detector(manifest, threads=threads)
        network = manifest.parent / whole.manifest.file
        records = tools.calibration_records(data, pictures)
        small = tools.quantise(network, whole.manifest, records, folder)
        before = _measured(whole, data, limit)
        after = _measured(open_detector(folder / "manifest.json", threads=threads), data, limit)
        times = tools.time_both(
            network.read_bytes(), (folder / small.file).read_bytes(), small.input_side, threads
        )
        decision = tools.decide(whole.manifest, before, after, times)
    table = Table("class", "supported", "float", "int8", "loss", f"within {tools.MAX_LOSS}")
    for label, loss in decision.losses.items():
        pair = before.every[label].ap50 or 0, after.every[label].ap50 or 0
        kept = "[green]yes[/]" if loss <= tools.MAX_LOSS else "[red]no[/]"
        asked = "yes" if label in decision.supported else "no"
        table.add_row(str(label), asked, f"{pair[0]:.4f}", f"{pair[1]:.4f}", f"{loss:+.4f}", kept)
    out.print(table)
    out.print(f"one run: float {decision.float_ms:.1f} ms, int8 {decision.int8_ms:.1f} ms")
    if not decision.supported:
        out.print("[yellow]no class is supported yet, so nothing decides: evaluate --set first[/]")
    out.print("[green]int8 pays[/]" if decision.pays else "[yellow]int8 does not pay[/]")


@app.command()
def verdicts(
    data: DataOption,
    manifest: ManifestOption = DEFAULT_MANIFEST,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write figures here.")] = None,
    worst: Annotated[int, typer.Option(min=0, help="List so many wrong answers a rule.")] = 0,
    set_thresholds: Annotated[
        bool,
        typer.Option(
            "--set",
            help="Write the rules' own thresholds into the manifest; the figures shown are then "
            "those of each half of the photos with the thresholds of the other.",
        ),
    ] = False,
    threads: Annotated[int, typer.Option(min=0, help="0 means all.")] = 0,
) -> None:
    """Measure the rules' answers on validation photos whose labels decide them."""
    with _reported():
        from models.release import write_manifest  # noqa: PLC0415
        from models.rule_thresholds import fitted  # noqa: PLC0415
        from models.truth import validation_photos  # noqa: PLC0415
        from models.verdicts import Tally, measure, tally  # noqa: PLC0415

        checker = Checker.open(manifest, settings=SessionSettings(threads=threads))
        with Progress(console=err, transient=True) as progress:
            photos = progress.track(validation_photos(data), description="Checking photos")
            if set_thresholds:
                facts, tallies = fitted(checker, photos, data)
                write_manifest(facts, manifest)
            else:
                tallies = tally(measure(checker, photos, data))
    figures = {str(rule): found.figures() for rule, found in tallies.items()}
    table = Table("rule", *next(iter(figures.values()), Tally().figures()))
    for rule, row in figures.items():
        table.add_row(rule, *("-" if value is None else f"{value:g}" for value in row.values()))
    out.print(table)
    for rule_id, found in tallies.items():
        for photo, truth, finding in found.wrong[:worst]:
            out.print(f"{rule_id}: {truth} got {finding.verdict} ({finding.reason})  {photo}")
    if json_file:
        json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


@app.command()
def mess(
    data: DataOption,
    manifest: ManifestOption = DEFAULT_MANIFEST,
    write: Annotated[
        bool, typer.Option("--set", help="Write the output and its thresholds if they are good.")
    ] = False,
) -> None:
    """Learn the second output, how messy a place looks, on real rooms, and measure it."""
    with _reported():
        from models import mess_head  # noqa: PLC0415
        from models.release import write_manifest  # noqa: PLC0415

        checker = Checker.open(manifest)
        facts = checker.detector.manifest
        network = manifest.parent / facts.file
        with Progress(console=err, transient=True) as progress:
            task = progress.add_task("Looking at rooms", total=None)
            rooms = mess_head.look(
                checker, network.read_bytes(), data, lambda: progress.advance(task)
            )
        limits, found = mess_head.measured(rooms)
        good = found[mess_head.ALL].balanced_accuracy >= mess_head.MIN_ACCURACY
        if write and good:
            write_manifest(mess_head.attach(network, facts, rooms, limits), manifest)
    for what, row in found.items():
        out.print(what, *(f"{name} {value:.3f}" for name, value in vars(row).items()), sep="  ")
    out.print(f"PASS below {limits.absent}, FAIL from {limits.present}: {limits.why}")
    if not good:
        out.print("[yellow]too often wrong or unsure: it decides nothing[/]")


@app.command()
def card(
    figures: Annotated[list[Path], typer.Argument(help="JSON files of `evaluate --json`.")],
    manifest: ManifestOption = DEFAULT_MANIFEST,
    verdict_file: Annotated[
        Path | None, typer.Option("--verdicts", help="JSON file of `verdicts --json`.")
    ] = None,
    target: Annotated[Path | None, typer.Option("--out", help="The card to write.")] = None,
) -> None:
    """Write MODEL_CARD.md from the manifest, measurements and models/card_notes.yaml."""
    with _reported():
        from models.card import read_notes, write_card  # noqa: PLC0415
        from models.figures import read_figures  # noqa: PLC0415

        path = target or manifest.parent / "MODEL_CARD.md"
        answers = json.loads(verdict_file.read_text(encoding="utf-8")) if verdict_file else None
        measured = [read_figures(f) for f in figures]
        text = write_card(read_manifest(manifest), measured, read_notes(), answers)
        path.write_text(text, encoding="utf-8")
    out.print(f"wrote {path}")


def _measured(detector: Detector, data: Path, limit: int | None) -> "Measured":
    """Measure with a progress bar on standard error."""
    from models.evaluate import measure  # noqa: PLC0415

    with Progress(console=err, transient=True) as progress:

        def track(records: "Sequence[Record]") -> "Iterable[Record]":
            return progress.track(records, description="Looking at validation pictures")

        return measure(detector, data, limit, track)


def _must_exist(path: Path) -> None:
    if not path.exists():
        raise MakeError("make.file_missing", f"there is no {path}")


@contextlib.contextmanager
def _reported() -> Iterator[None]:
    """Print an error with its code and leave with 2; name the extra that is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        _fail(
            MakeError(
                "make.extra_missing",
                f"{error.name} is not installed; this command needs the train extra: "
                "pip install 'ppe-check[train]'",
            )
        )
    except PpeError as error:
        _fail(error)


def _fail(error: PpeError) -> None:
    err.print(f"[bold red]{error.code}[/]  {escape(error.message)}", soft_wrap=True)
    raise typer.Exit(2)
