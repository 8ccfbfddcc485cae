"""Is it alive, is it ready, how is it doing."""

import logging

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from api.access import PUBLIC, allow, public
from api.services import Injected, Services
from api.tables import Role

log = logging.getLogger(__name__)
router = APIRouter(tags=["operations"])


class Alive(BaseModel):
    """The process answers."""

    status: str = "ok"


class Ready(BaseModel):
    """Which parts can be used."""

    model: bool
    database: bool
    storage: bool


@router.get("/livez", **public())
async def livez() -> Alive:
    """Say that the process answers; look at nothing else."""
    return Alive()


@router.get(
    "/readyz",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "Something cannot be used"}},
    openapi_extra=PUBLIC,
)
def readyz(services: Injected) -> JSONResponse:
    """Say whether photos can be taken: 503 when a part is missing."""
    ready = Ready(model=True, database=_database_ready(services), storage=services.store.is_ready())
    everything = ready.model and ready.database and ready.storage
    return JSONResponse(ready.model_dump(), 200 if everything else 503)


def _database_ready(services: Services) -> bool:
    try:
        return services.database.is_current()
    except SQLAlchemyError:
        log.warning("the database does not answer", exc_info=True)
        return False


@router.get(
    "/metrics",
    **allow(Role.ADMIN, Role.AUDITOR),
    response_class=Response,
)
def metrics(services: Injected) -> Response:
    """Figures for Prometheus; give it an auditor's API key as bearer token."""
    return Response(generate_latest(services.metrics.registry), media_type=CONTENT_TYPE_LATEST)
