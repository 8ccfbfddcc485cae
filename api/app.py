"""The application: its parts put together, started and stopped."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api import phone, problems
from api.middleware import BodyLimit, Envelope
from api.problems import Problem, answers
from api.retention import sweep
from api.review import site
from api.routes import (
    accounts,
    audit,
    checks,
    corrections,
    exports,
    gear,
    model,
    omissions,
    operations,
    orders,
    personal,
    policies,
    reviews,
    saved_filters,
    session,
    statistics,
    teams,
)
from api.searching import ABANDONED
from api.services import Services

log = logging.getLogger(__name__)
DESCRIPTION = """\
Checks photos of telecom technicians and their work sites, and keeps what was found.

Every error is a problem document (RFC 9457) with a stable `code`. `x-roles` of a route says who may
call it; with `x-scope: team` a technician reaches only what is theirs and a supervisor only what
belongs to their teams: the rest answers 404.
"""
ROUTERS = (
    operations.router,
    session.router,
    checks.router,
    reviews.router,
    saved_filters.router,
    orders.router,
    omissions.router,
    teams.router,
    accounts.router,
    personal.router,
    gear.router,
    model.router,
    policies.router,
    statistics.router,
    exports.router,
    corrections.router,
    audit.router,
)


def create_app(services: Services | None = None) -> FastAPI:
    """Make the application.

    Args:
        services: closed when the application stops; without them it can only describe itself.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if services is None:
            raise RuntimeError("an application without services cannot serve")
        await run_in_threadpool(services.warm)
        app.state.services = services
        sweeping = partial(sweep, services.database, services.store, services.settings)
        every_s = services.settings.sweep_every_s
        tasks = [
            asyncio.create_task(_now_and_then(every_s, "expired photos deleted", sweeping)),
            asyncio.create_task(
                _now_and_then(
                    ABANDONED.total_seconds(), "searches taken over", services.searcher.adopt
                )
            ),
        ]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await run_in_threadpool(services.close)

    app = FastAPI(
        title="PPE check",
        version=version("ppe-check"),
        description=DESCRIPTION,
        lifespan=lifespan,
        license_info={"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        generate_unique_id_function=_operation_id,
    )
    problems.install(app)
    limit = services.settings.max_photo_bytes if services else 0
    app.add_middleware(BodyLimit, limit=limit)
    app.add_middleware(Envelope)
    for router in ROUTERS:
        app.include_router(router)
    site.install(app)
    if services is not None:
        phone.install(app, services.settings.phone_app)
    _complete_openapi(app)
    return app


async def _now_and_then(every_s: float, what: str, work: Callable[[], int]) -> None:
    """Do work from time to time; a failure is logged and tried again."""
    while True:
        await asyncio.sleep(every_s)
        try:
            count = await run_in_threadpool(work)
        except Exception:
            log.exception("%s: failed", what)
        else:
            log.info(what, extra={"facts": {"checks": count}})


def _operation_id(route: APIRoute) -> str:
    """The function's name: unique, and what a generated client calls its method."""
    return route.name


def _complete_openapi(app: FastAPI) -> None:
    """Describe problem documents, in place of the framework's own error shape."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        document = plain()
        schemas = document["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        described = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= described.pop("$defs")
        schemas["Problem"] = described
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        for methods in document["paths"].values():
            for operation in methods.values():
                if "requestBody" in operation:  # any body can be broken or too large
                    described = {str(k): v for k, v in answers(400, 413).items()}
                    operation["responses"] = described | operation["responses"]
        return document

    app.openapi = openapi  # type: ignore[method-assign]
