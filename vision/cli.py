"""`ppe`: check photos, show and check policies; other packages mount their own commands."""

import contextlib
import io
import json
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import yaml
from PIL import Image
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from vision.checker import Checker
from vision.draw import annotate
from vision.errors import ArgumentError, PhotoError, PpeError
from vision.findings import Verdict
from vision.manifest import DEFAULT_MANIFEST
from vision.photo import EXTENSIONS, Photo, read_bytes
from vision.policy import DEFAULT_POLICY, Shot, read_policy
from vision.report import Report
from vision.session import SessionSettings
from vision.texts import LANGUAGES, explain, rule_name, verdict_name

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Check technicians' photos against the appearance and work-area norms.",
)
policy_app = typer.Typer(no_args_is_help=True, help="Show or check a policy file.")
app.add_typer(policy_app, name="policy")
out, err = Console(), Console(stderr=True)

PolicyOption = Annotated[Path, typer.Option("--policy", help="Policy file (YAML).")]


def main() -> None:
    """Entry point of the `ppe` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # file names need not be text in any encoding
            stream.reconfigure(errors="backslashreplace")
    for command in entry_points(group="ppe.commands"):
        app.add_typer(command.load(), name=command.name)
    app()


@app.command()
def check(  # noqa: PLR0913, PLR0917 - every one is an option of the command line
    photos: Annotated[list[str], typer.Argument(help="Photos, or folders with photos.")],
    shot: Annotated[
        Shot | None, typer.Option(help="What the photos were taken for; left out, it is guessed.")
    ] = None,
    before: Annotated[
        Path | None,
        typer.Option(help="The same place before the work, for --shot site_after: what moved?"),
    ] = None,
    technician: Annotated[
        str, typer.Option(help="Staff number that should be on the badge: asks badge.card.")
    ] = "",
    policy: PolicyOption = DEFAULT_POLICY,
    as_json: Annotated[
        bool, typer.Option("--json", help="One report a line on standard output.")
    ] = False,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for annotated pictures.")
    ] = None,
    model: Annotated[Path, typer.Option(help="Manifest of the network.")] = DEFAULT_MANIFEST,
    lang: Annotated[str, typer.Option(help=f"Language: {' or '.join(LANGUAGES)}.")] = "en",
    threads: Annotated[int, typer.Option(min=0, help="Cores to use; 0 means all.")] = 0,
) -> None:
    """Check photos and say what is wrong and what to do.

    Exit code 0: everything passes. 1: something failed or is unsure. 2: a photo or an argument
    was unusable.
    """
    try:
        if lang not in LANGUAGES:
            raise ArgumentError(
                "argument.unknown_language", f"no texts in {lang!r}; choose from {LANGUAGES}"
            )
        paths = list(_walk(photos))
        checker = Checker.open(model, read_policy(policy), SessionSettings(threads=threads))
        if out_dir is not None:
            _make_folder(out_dir)
        examine = _examiner(checker, shot, before, technician)
    except PpeError as error:
        _fail(error, as_json)
    worst = 0
    quiet = as_json or len(paths) < 4 or not err.is_terminal
    with Progress(console=err, transient=True, disable=quiet) as progress:
        targets = _targets(paths, out_dir)
        for path, target in progress.track(
            zip(paths, targets, strict=True), total=len(paths), description="Checking"
        ):
            worst = max(worst, _check_one(path, examine, as_json, target, lang))
    raise typer.Exit(worst)


Examine = Callable[[Path], tuple[Photo, Report]]


def _examiner(checker: Checker, shot: Shot | None, before: Path | None, technician: str) -> Examine:
    """Checks a file, beside the picture from before if there is one.

    Raises:
        PhotoError: that picture cannot be used.
    """
    earlier = None
    if before is not None:
        earlier = checker.decode(read_bytes(before, checker.limits))

    def examine(path: Path) -> tuple[Photo, Report]:
        return checker.examine(read_bytes(path, checker.limits), shot, earlier, technician)

    return examine


def _check_one(path: str, examine: Examine, as_json: bool, target: Path | None, lang: str) -> int:
    """Check and print one photo; the exit code it asks for. A bad photo never stops the rest."""
    try:
        photo, report = examine(Path(path))
        if target is not None:
            _save(annotate(photo.pixels, report), target)
    except PhotoError as error:
        if as_json:
            _print_json({"photo": path, "error": _error_json(error)})
        else:
            out.print(f"[bold red]{escape(path)}: {error.code}[/]  {escape(error.message)}")
        return 2
    except PpeError as error:
        _fail(error, as_json)
    if as_json:
        _print_json({"photo": path} | report.to_json())
    else:
        _print_report(path, report, lang)
    return 0 if report.verdict in (Verdict.PASS, Verdict.NOT_ASKED) else 1


def _walk(paths: list[str]) -> Iterator[str]:
    """Files as named; a folder stands for the pictures in and below it.

    Raises:
        ArgumentError: `argument.nothing_to_check`.
    """
    for path in paths:
        folder = Path(path)
        if not folder.is_dir():
            yield path
            continue
        named = (p for p in folder.rglob("*") if p.suffix.lower() in EXTENSIONS)
        inside = sorted(str(p) for p in named if not p.is_dir())
        if not inside:
            raise ArgumentError(
                "argument.nothing_to_check",
                f"no pictures ({', '.join(EXTENSIONS)}) in {path}",
            )
        yield from inside


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(
            "argument.output_unusable", f"cannot write to {folder}: {error.strerror}"
        ) from error


def _save(picture: Image.Image, target: Path) -> None:
    """Write whole or not at all."""
    part = target.with_name(f".{target.name}.part")
    try:
        picture.save(part, "JPEG", quality=90)
        part.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise ArgumentError(
            "argument.output_unusable", f"cannot write {target}: {error.strerror or error}"
        ) from error


def _targets(photos: list[str], folder: Path | None) -> list[Path | None]:
    """Where annotated pictures go.

    Photos of one name from two folders get two names, and no photo is written over.
    """
    if folder is None:
        return [None] * len(photos)
    folder = folder.resolve()
    taken = {Path(photo).resolve() for photo in photos}
    targets: list[Path | None] = []
    for photo in photos:
        stem = Path(photo).stem
        target = folder / f"{stem}.jpg"
        number = 2
        while target in taken:
            target = folder / f"{stem}-{number}.jpg"
            number += 1
        taken.add(target)
        targets.append(target)
    return targets


_STYLE = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.UNSURE: "yellow",
    Verdict.NOT_ASKED: "dim",
}


def _print_report(path: str, report: Report, lang: str) -> None:
    guessed = " (guessed)" if report.shot_guessed else ""
    verdict = verdict_name(report.verdict, lang).upper()
    out.print(
        f"[bold]{escape(path)}[/]  {report.shot}{guessed}: [{_STYLE[report.verdict]}]{verdict}[/]"
    )
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for finding in report.findings:
        name = rule_name(finding.rule, lang)
        table.add_row(
            f"  [{_STYLE[finding.verdict]}]{verdict_name(finding.verdict, lang)}[/]",
            f"{name} (advisory)" if finding.advisory else name,
            explain(finding, lang),
        )
    out.print(table)


def _print_json(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _error_json(error: PpeError) -> dict[str, str]:
    return {"code": error.code, "message": error.message}


def _fail(error: PpeError, as_json: bool) -> NoReturn:
    if as_json:
        _print_json({"error": _error_json(error)})
    err.print(f"[bold red]{error.code}[/]  {escape(error.message)}")
    raise typer.Exit(2)


@policy_app.command("show")
def policy_show(policy: Annotated[Path, typer.Argument()] = DEFAULT_POLICY) -> None:
    """Print a policy with everything filled in."""
    try:
        found = read_policy(policy)
    except PpeError as error:
        _fail(error, as_json=False)
    sys.stdout.write(
        yaml.safe_dump(found.model_dump(mode="json"), allow_unicode=True, sort_keys=False)
    )


@policy_app.command("check")
def policy_check(policy: Annotated[Path, typer.Argument()]) -> None:
    """Say whether a policy file is usable, and if not, why."""
    try:
        found = read_policy(policy)
    except PpeError as error:
        _fail(error, as_json=False)
    rules = {rule for asked in found.shots.values() for rule in asked}
    out.print(f"{found.name} {found.version}: {len(found.shots)} shots, {len(rules)} rules: usable")
