"""A person's data: export and erasure."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api import audit, personal
from api.access import CurrentActor, allow, find_account
from api.custody import drop_unneeded
from api.errors import ApiError, not_found
from api.schemas import PathId, Strict
from api.services import Injected
from api.tables import Role

router = APIRouter(prefix="/v1/accounts/{account_id}", tags=["personal data"])


class ErasureIn(Strict):
    """Erasure cannot be undone, so the login is asked once more."""

    login: str = Field(min_length=1, max_length=64, description="of the account to erase")


class Erasure(BaseModel):
    """What was done."""

    photos_deleted: int


@router.get(
    "/data",
    response_class=Response,
    response_description="A ZIP archive",
    **allow(Role.TECHNICIAN, Role.ADMIN, scoped=True),
)
def export_data(account_id: PathId, actor: CurrentActor, services: Injected) -> Response:
    """Hand out all data about a person, photos included: to themselves or through an admin."""
    with services.database.write() as session:
        account = find_account(session, actor, account_id)
        if account is None:
            raise not_found("account")
        audit.append(session, actor.id, "data.exported", f"account:{account.id}")
    with services.database.read() as session:
        account = find_account(session, actor, account_id)
        if account is None:
            raise not_found("account")
        archive = personal.export(session, services.store, account)
    headers = {"Content-Disposition": f'attachment; filename="{account_id}.zip"'}
    return Response(archive, media_type="application/zip", headers=headers)


@router.post("/erasure", **allow(Role.ADMIN, also=(404,)))
def erase_data(
    account_id: PathId, body: ErasureIn, actor: CurrentActor, services: Injected
) -> Erasure:
    """Erase a person: name, photos, places, words. Verdicts stay, without the person."""
    with services.database.write() as session:
        account = find_account(session, actor, account_id)
        if account is None:
            raise not_found("account")
        if account.login != body.login:
            raise ApiError("request.invalid", "the login is not this account's")
        if account.id == actor.id:
            raise ApiError("request.invalid", "nobody erases their own account")
        addresses = personal.erase(session, account)
        audit.append(session, actor.id, "data.erased", f"account:{account.id}")
    deleted = [drop_unneeded(services.database, services.store, a) for a in addresses]
    return Erasure(photos_deleted=sum(deleted))
