"""`ppe edge`: run the agent, see how it is doing, see to photos that were set aside.

The `ppe` command loads this module for every command, so that what needs the `edge` extra is
imported only by the commands that use it.
"""

import importlib
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from edge.agent.errors import EdgeError
from vision import PpeError, Shot

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Check photos at a kiosk or on a small computer, and forward them to the service.",
)
StateOption = Annotated[
    Path | None, typer.Option("--state", help="Folder of the queue [PPE_EDGE_STATE, ppe-edge].")
]
IdsArgument = Annotated[
    list[int] | None, typer.Argument(help="Ids that `ppe edge status` shows; none means all.")
]


@app.command()
def run(  # noqa: PLR0913, PLR0917 - every one is an option of the command line
    inbox: Annotated[Path | None, typer.Option(help="Folder to watch.")] = None,
    camera: Annotated[
        str | None, typer.Option(help="Camera of a kiosk: a number, device or address.")
    ] = None,
    service: Annotated[str | None, typer.Option(help="Address of the service.")] = None,
    state: StateOption = None,
    work_order: Annotated[str | None, typer.Option(help="Of photos that name none.")] = None,
    technician: Annotated[str | None, typer.Option(help="Of photos that name none.")] = None,
    shot: Annotated[Shot | None, typer.Option(help="Of photos that name none.")] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Empty the folder, send what can be sent, come back.")
    ] = False,
) -> None:
    """Watch a folder or a camera, check, keep and forward.

    The API key comes from PPE_EDGE_KEY or PPE_EDGE_KEY_FILE; docs/edge.md lists every setting.
    Exit code 0: stopped as told. 1, with --once: photos wait or need a person. 2: it cannot work.
    """
    with _reported():
        settings = _load("edge.agent.settings").EdgeSettings.read(
            inbox=inbox,
            camera=camera,
            service=service,
            state=state,
            work_order=work_order,
            technician=technician,
            shot=shot,
        )
        logging.basicConfig(
            level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
        )
        logging.getLogger("httpx2").setLevel(logging.WARNING)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        _load("edge.agent.agent").run(settings, once, stop)
    if once:
        with _opened(settings.state) as queue:
            found = _load("edge.agent.status").read_status(queue, settings.state)
        raise typer.Exit(1 if found.waiting or found.needs_a_person else 0)


@app.command()
def status(
    state: StateOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Say what waits, what was refused and why, what is in use.

    Exit code 0: all is well, or gets well by waiting. 1: a person is needed. 2: no such queue.
    """
    with _reported():
        folder = _state(state)
        if not (folder / "queue.sqlite3").exists():
            raise EdgeError("edge.state_unusable", f"no agent has ever run in {folder}")
        with _opened(folder) as queue:
            found = _load("edge.agent.status").read_status(queue, folder)
    if as_json:
        sys.stdout.write(found.model_dump_json(indent=1) + "\n")
    else:
        _print_status(found)
    raise typer.Exit(1 if found.needs_a_person else 0)


@app.command()
def retry(
    ids: IdsArgument = None,
    state: StateOption = None,
    work_order: Annotated[str | None, typer.Option(help="Another work order.")] = None,
    technician: Annotated[str | None, typer.Option(help="Another technician.")] = None,
    shot: Annotated[Shot | None, typer.Option(help="Another shot.")] = None,
) -> None:
    """Send photos that were set aside again, perhaps under another work order."""
    with _reported(), _opened(_state(state)) as queue:
        filing = _load("edge.agent.filing")
        for item in _chosen(queue, ids):
            queue.retry(item, filing.refiled(item.filing, work_order, technician, shot))
            typer.echo(f"photo {item.id} waits again")


@app.command("hand-out")
def hand_out(
    folder: Annotated[Path, typer.Argument(help="Folder for the photos.")],
    ids: IdsArgument = None,
    state: StateOption = None,
) -> None:
    """Take photos that were set aside out of the queue: each into a file, with what is known."""
    with _reported(), _opened(_state(state)) as queue:
        files = _load("edge.agent.folder")
        for item in _chosen(queue, ids):
            target = folder / f"{item.id}-{Path(item.name).name}"
            facts = _load("edge.agent.status").PhotoLine.of(item).model_dump_json(indent=1)
            try:
                files.write_whole(target, queue.read(item))
                files.write_whole(target.with_name(target.name + ".txt"), facts.encode())
            except OSError as error:
                raise files.disk_error(error, folder) from error
            queue.forget(item)
            typer.echo(target)


def _chosen(queue: Any, ids: list[int] | None) -> list[Any]:
    """The photos named, or all, of those set aside."""
    there = {item.id: item for item in queue.listed(_load("edge.agent.queue").State.SET_ASIDE)}
    missing = [number for number in ids or () if number not in there]
    if missing:
        names = ", ".join(map(str, missing))
        raise EdgeError("edge.no_such_photo", f"not set aside: {names}; see ppe edge status")
    return [there[number] for number in ids or there]


def _state(given: Path | None) -> Path:
    """The folder alone: looking needs neither service nor key."""
    if given is not None:
        return given
    settings: Any = _load("edge.agent.settings").StateOnly()
    folder: Path = settings.state
    return folder


def _print_status(found: Any) -> None:
    """The same facts in lines for a terminal."""
    echo = typer.echo
    echo(f"agent: {'running' if found.running else 'not running'}, {found.free_mb} MB free")
    oldest = f", the oldest since {_ago(found.oldest_waiting)}" if found.waiting else ""
    echo(f"waiting: {found.waiting}{oldest}")
    otherwise = (
        f", {found.judged_otherwise} judged otherwise there" if found.judged_otherwise else ""
    )
    echo(f"sent: {found.sent}{otherwise}")
    link = found.link
    if link.code:
        echo(f"service: {link.code}  {link.message}, since {_ago(link.since)}")
    else:
        echo(f"service: {'answers' if link.reached_at else 'not asked yet'}")
    use, update = found.in_use, found.update
    names = [f"{what} {(name or 'shipped')[:12]}" for what, name in use]
    echo(f"in use: {', '.join(names)}; looked for others {_ago(update.looked_at)}")
    if update.code:
        echo(f"update: {update.code}  {update.message}")
    if found.fault:
        echo(f"NO PHOTOS ARE TAKEN: {found.fault.code}  {found.fault.message}")
    _print_lines(f"set aside: {found.set_aside_total}", found.set_aside)
    if found.troubled:
        _print_lines("tried several times:", found.troubled)
    if found.left_in_folder:
        echo("left in the folder:")
        for problem in found.left_in_folder:
            echo(f"  {problem.file}: {problem.code}  {problem.message}")


def _print_lines(title: str, lines: list[Any]) -> None:
    typer.echo(title)
    for line in lines:
        typer.echo(
            f"  {line.id}  {line.file}  {line.work_order} {line.shot}: {line.code}  {line.message}"
        )


def _ago(moment: float | None) -> str:
    if moment is None:
        return "never"
    when = datetime.fromtimestamp(moment).astimezone()
    return f"{when:%Y-%m-%d %H:%M:%S} ({max(0, round((time.time() - moment) / 60))} min ago)"


@contextmanager
def _opened(folder: Path) -> Iterator[Any]:
    queue = _load("edge.agent.queue").Queue(folder)
    try:
        yield queue
    finally:
        queue.close()


@contextmanager
def _reported() -> Iterator[None]:
    """Errors a person can do something about, without a traceback; exit code 2."""
    try:
        yield
    except PpeError as error:
        _fail(error)


def _load(name: str) -> Any:
    """A module of the agent."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] in ("edge", "vision"):
            raise
        _fail(
            EdgeError(
                "edge.extra_missing", f"{error.name} is missing: pip install 'ppe-check[edge]'"
            )
        )


def _fail(error: PpeError) -> NoReturn:
    sys.stderr.write(f"{error.code}  {error.message}\n")
    raise typer.Exit(2)
