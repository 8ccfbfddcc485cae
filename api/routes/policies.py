"""Policies: the one in force, its forerunners, and putting another in force."""

import hashlib
import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from api import audit
from api.access import ALL, CurrentActor, allow
from api.errors import not_found
from api.etags import IfNoneMatch, conditional, is_current, not_modified, tagged
from api.policies import add_policy, parse_policy, policy_in_force
from api.schemas import Sentence, Strict
from api.services import Injected
from api.tables import PolicyVersion, Role

router = APIRouter(prefix="/v1/policies", tags=["policies"])


class PolicyIn(Strict):
    """A policy document, as in a policy file, and why it is put in force."""

    document: dict[str, Any]
    reason: Sentence = Field(examples=["Summer: T-shirts in navy are allowed."])


class PolicySummary(BaseModel):
    """Who put which policy in force, when and why."""

    id: int
    name: str
    version: str
    reason: str
    author_id: str | None = Field(description="null: the service itself at its first start")
    created_at: datetime
    in_force: bool


class PolicyOut(PolicySummary):
    """A policy with its document."""

    document: dict[str, Any]
    sha256: str = Field(description="of the document: its JSON with sorted keys, no spaces, UTF-8")


@router.post("", status_code=201, **allow(Role.ADMIN, also=(409,)))
def make_policy(body: PolicyIn, actor: CurrentActor, services: Injected) -> PolicyOut:
    """Put a policy in force for the checks from now on; earlier reports keep theirs."""
    policy = parse_policy(body.document)
    with services.database.write() as session:
        row = add_policy(session, policy, body.reason, actor.id)
        audit.append(session, actor.id, "policy.made", f"policy:{row.id}", version=row.version)
        return _out(row, row.id)


@router.get("", **allow(*ALL))
def list_policies(
    services: Injected, before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> list[PolicySummary]:
    """List the newest 100 policies, or the 100 before an identifier."""
    statement = select(PolicyVersion).order_by(PolicyVersion.id.desc()).limit(100)
    if before is not None:
        statement = statement.where(PolicyVersion.id < before)
    with services.database.read() as session:
        current = policy_in_force(session).id
        return [PolicySummary(**_fields(row, current)) for row in session.scalars(statement)]


@router.get("/in-force", response_model=PolicyOut, **conditional(allow(*ALL)))
def get_policy_in_force(
    services: Injected, response: Response, if_none_match: IfNoneMatch = None
) -> PolicyOut | Response:
    """Show the policy in force."""
    with services.database.read() as session:
        row = policy_in_force(session)
        shown = _out(row, row.id)
    tag = f"{shown.id}-{shown.sha256}"
    if is_current(tag, if_none_match):
        return not_modified(tag)
    response.headers.update(tagged(tag))
    return shown


@router.get("/{policy_id}", **allow(*ALL, also=(404,)))
def get_policy(
    policy_id: Annotated[int, Path(ge=1, le=2**31 - 1)], services: Injected
) -> PolicyOut:
    """Show one policy, as it stood for the reports that name it."""
    with services.database.read() as session:
        row = session.get(PolicyVersion, policy_id)
        if row is None:
            raise not_found("policy")
        return _out(row, policy_in_force(session).id)


def _fields(row: PolicyVersion, current: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "version": row.version,
        "reason": row.reason,
        "author_id": row.author_id,
        "created_at": row.created_at,
        "in_force": row.id == current,
    }


def _out(row: PolicyVersion, current: int) -> PolicyOut:
    text = json.dumps(row.document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return PolicyOut(**_fields(row, current), document=row.document, sha256=sha256)
