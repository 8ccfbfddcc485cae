"""`ppe serve`, `ppe storage`, `ppe account`, `ppe audit` and `ppe corrections`.

The `ppe` command loads this module for every command, so that what needs the `api` extra is
imported only by the commands that use it.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from vision.errors import PpeError

serve_app = typer.Typer(help="Run the service.", invoke_without_command=True)
storage_app = typer.Typer(no_args_is_help=True, help="Look after the stored photos.")
audit_app = typer.Typer(no_args_is_help=True, help="Look after the audit log.")
account_app = typer.Typer(no_args_is_help=True, help="Look after accounts.")
corrections_app = typer.Typer(no_args_is_help=True, help="Hand reviewed checks on to training.")


@serve_app.callback()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
) -> None:
    """Run the service. It needs no configuration; PPE_… variables change what docs/api.md lists."""
    with _reported():
        _load("api.start").serve(host, port)


@storage_app.command("verify")
def storage_verify(
    repair: Annotated[bool, typer.Option(help="Delete what no check needs.")] = False,
    read: Annotated[bool, typer.Option(help="Read every photo and compare its sha256.")] = False,
) -> None:
    """Compare checks with stored photos. Exit code 1 if a photo is missing or left over."""
    with _opened() as (settings, database):
        store = _load("api.photos").PhotoStore.open(settings)
        found = _load("api.custody").verify(database, store, repair=repair, read=read)
    typer.echo(f"{found.photos} photos are there and needed")
    for what in ("dangling", "orphans", "leftovers"):
        names = getattr(found, what)
        typer.echo(f"{len(names)} {what}")
        for name in names:
            typer.echo(f"  {name}")
    if found.repaired:
        typer.echo(f"{found.repaired} deleted")
    raise typer.Exit(0 if found.is_clean else 1)


@storage_app.command("sweep")
def storage_sweep() -> None:
    """Delete the photos and keys whose time is over; the service does it by itself every hour."""
    with _opened() as (settings, database):
        store = _load("api.photos").PhotoStore.open(settings)
        deleted = _load("api.retention").sweep(database, store, settings)
    typer.echo(f"the photos of {deleted} checks were deleted")


@audit_app.command("verify")
def audit_verify(
    known: Annotated[
        str | None, typer.Option(help="A digest noted earlier: shows that nothing was cut off.")
    ] = None,
) -> None:
    """Walk the chain of digests. Exit code 1 if an entry was changed, taken out or cut off."""
    with _opened() as (_, database), database.read() as session:
        chain = _load("api.audit").verify(session, known)
    typer.echo(f"{chain.entries} entries, the last has digest {chain.head}")
    if chain.broken_at is not None:
        typer.echo(f"entry {chain.broken_at} does not fit the one before it")
    if not chain.head_fits:
        typer.echo("the last entries were cut off, or some were added past the service")
    if not chain.known:
        typer.echo("the digest given is not in the chain")
    raise typer.Exit(0 if chain.is_whole else 1)


@account_app.command("reset-password")
def reset_password(login: Annotated[str, typer.Argument()]) -> None:
    """Hand out a new one-time password, for who has lost theirs and is the only admin."""
    with _opened() as (_, database), database.write() as session:
        password = _load("api.accounts").reset_password(session, login)
    typer.echo(password)


@corrections_app.callback()
def _corrections() -> None:
    """Keep `export` a command of its own: typer drops the name of an only one."""


@corrections_app.command("export")
def corrections_export(
    out: Annotated[Path, typer.Option(help="File to write, corrections.zip or .jsonl.")],
    after: Annotated[
        datetime | None,
        typer.Option(help="Only what was decided later; a time without zone is the service's."),
    ] = None,
    team: Annotated[str | None, typer.Option(help="Only this team's, by name.")] = None,
    overruled: Annotated[bool, typer.Option(help="Only what differs from the model.")] = False,
    photos: Annotated[bool, typer.Option(help="With pictures; without, lines alone.")] = True,
) -> None:
    """Write what reviewers decided as training data; docs/corrections.md describes it."""
    with _opened() as (settings, database):
        moment = None if after is None or after.tzinfo else after.replace(tzinfo=settings.zone)
        count = _load("api.corrections").export(
            database,
            _load("api.photos").PhotoStore.open(settings) if photos else None,
            out,
            _load("api.corrections").Since(moment or after, overruled),
            team,
            settings.blur_faces,
        )
    typer.echo(f"{out}: {count} checks")


@contextmanager
def _opened() -> Iterator[tuple[Any, Any]]:
    """Settings and database, with every migration."""
    with _reported():
        settings = _load("api.settings").Settings()
        database = _load("api.db").Database(settings.database_address)
        database.upgrade()
        try:
            yield settings, database
        finally:
            database.close()


@contextmanager
def _reported() -> Iterator[None]:
    """Errors a person can do something about, without a traceback; exit code 2."""
    try:
        yield
    except PpeError as error:
        _fail(f"{error.code}  {error.message}")
    except ValueError as error:
        if type(error).__name__ not in ("ValidationError", "SettingsError"):
            raise
        _fail(f"the settings cannot be used: {error}")


def _load(name: str) -> Any:
    """A module of the service."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] in ("api", "vision"):
            raise
        _fail(f"{error.name} is missing: pip install 'ppe-check[api]'")


def _fail(message: str) -> NoReturn:
    sys.stderr.write(message + "\n")
    raise typer.Exit(2)
