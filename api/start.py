"""Serving: opens everything, makes the first admin, runs until told to stop."""

import sys

import uvicorn

from api import logs
from api.accounts import FIRST_LOGIN, ensure_admin
from api.app import create_app
from api.policies import ensure_policy
from api.services import Services
from api.settings import Settings

GRACE_S = 30


def prepare(services: Services) -> str | None:
    """Fill an empty database; the first admin's one-time password, if there was none before."""
    with services.database.write() as session:
        ensure_policy(session)
        return ensure_admin(session)


def serve(host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; photos that were taken are finished first."""
    settings = Settings()
    logs.configure(settings.log_level)
    services = Services.open(settings)
    password = prepare(services)
    if password is not None:
        sys.stderr.write(
            f"\nFirst start. Sign in as {FIRST_LOGIN!r} with the one-time password\n\n"
            f"    {password}\n\nand replace it. It is not shown again.\n\n"
        )
        sys.stderr.flush()
    uvicorn.run(
        create_app(services),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
