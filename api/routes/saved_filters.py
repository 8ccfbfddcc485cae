"""Saved filters: what somebody looks for again and again, under a name."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, ConfigDict, Field

from api import saved_filters
from api.access import CurrentActor, allow
from api.saved_filters import MAX_QUERY, canonical
from api.schemas import Created, FilterName, PathId, Strict
from api.services import Injected
from api.tables import Role, SavedFilter

router = APIRouter(prefix="/v1/saved-filters", tags=["reviews"])


class FilterIn(Strict):
    """A filter and its name."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Bare heads", "query": "rule=helmet.worn"}]},
    )

    name: FilterName
    query: Annotated[str, Field(max_length=MAX_QUERY), AfterValidator(canonical)] = Field(
        description="what follows the ? in the address of the queue"
    )


class FilterOut(Created):
    """A filter that is kept."""

    name: str
    query: str

    @classmethod
    def of(cls, row: SavedFilter) -> "FilterOut":
        """From its row."""
        return cls(id=row.id, created_at=row.created_at, name=row.name, query=row.query)


@router.get("", **allow(Role.SUPERVISOR, Role.ADMIN))
def list_saved_filters(actor: CurrentActor, services: Injected) -> list[FilterOut]:
    """List one's own filters, by name."""
    with services.database.read() as session:
        return [FilterOut.of(row) for row in saved_filters.kept(session, actor)]


@router.post("", status_code=201, **allow(Role.SUPERVISOR, Role.ADMIN, also=(409,)))
def save_filter(body: FilterIn, actor: CurrentActor, services: Injected) -> FilterOut:
    """Keep a filter of the queue; one's own of the same name is replaced. At most 50."""
    with services.database.write() as session:
        return FilterOut.of(saved_filters.keep(session, actor, body.name, body.query))


@router.delete("/{filter_id}", status_code=204, **allow(Role.SUPERVISOR, Role.ADMIN, scoped=True))
def delete_saved_filter(filter_id: PathId, actor: CurrentActor, services: Injected) -> None:
    """Delete one's own filter."""
    with services.database.write() as session:
        saved_filters.drop(session, actor, filter_id)
