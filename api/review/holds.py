"""Who has a check open: taken with its page, renewed while it stays open, released on leaving.

A hold keeps a check out of other people's queues. It forbids nothing: of two who decide all the
same the second is told by the check's version (`api.reviewing`).
"""

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.access import Actor
from api.settings import Settings
from api.tables import Account, Check, Hold, Look, new_id, now


@dataclass(frozen=True)
class Held:
    """Whose a check is just now.

    Attributes:
        token: of our own hold; None if somebody else has it.
        by: the name of who has it, if that is somebody else.
    """

    token: str | None
    by: str | None


def take(session: Session, actor: Actor, check_id: str, settings: Settings) -> Held:
    """Hold a check, unless somebody else does; the write transaction is the caller's."""
    token = new_id()
    values = {
        "account_id": actor.id,
        "token": token,
        "expires_at": now() + timedelta(seconds=settings.hold_s),
    }
    free = or_(Hold.account_id == actor.id, Hold.expires_at <= now())
    taken = session.execute(update(Hold).where(Hold.check_id == check_id, free).values(values))
    if cast("CursorResult[Any]", taken).rowcount:
        return Held(token, None)
    try:
        with session.begin_nested():
            session.add(Hold(check_id=check_id, **values))
    except IntegrityError:
        name = select(Account.name).join(Hold, Hold.account_id == Account.id)
        return Held(None, session.scalar(name.where(Hold.check_id == check_id)))
    return Held(token, None)


def renew(session: Session, check_id: str, token: str, settings: Settings) -> bool:
    """Keep a hold for another while; whether it was still ours."""
    until = now() + timedelta(seconds=settings.hold_s)
    mine = update(Hold).where(Hold.check_id == check_id, Hold.token == token)
    done = session.execute(mine.values(expires_at=until))
    return bool(cast("CursorResult[Any]", done).rowcount)


def release(session: Session, check_id: str, token: str) -> None:
    """Let go of a check; nothing happens if it is no longer ours."""
    session.execute(delete(Hold).where(Hold.check_id == check_id, Hold.token == token))


def settle(session: Session, check_id: str) -> None:
    """The check is decided: nobody needs to hold it, and what was seen is out of date."""
    session.execute(delete(Hold).where(Hold.check_id == check_id))
    session.execute(delete(Look).where(Look.check_id == check_id))


def not_held_by_others(actor: Actor) -> ColumnElement[bool]:
    """For statements over `Check`: nobody else has it open."""
    others = select(Hold.check_id).where(Hold.account_id != actor.id, Hold.expires_at > now())
    return Check.id.not_in(others)


def remember_look(session: Session, actor: Actor, check: Check) -> None:
    """Write down that somebody has seen the check as it is now."""
    mine = update(Look).where(Look.check_id == check.id, Look.account_id == actor.id)
    done = session.execute(mine.values(version=check.version))
    if cast("CursorResult[Any]", done).rowcount:
        return
    with contextlib.suppress(IntegrityError), session.begin_nested():  # the same in another tab
        session.add(Look(check_id=check.id, account_id=actor.id, version=check.version))


def has_seen(session: Session, actor: Actor, check_id: str, version: int) -> bool:
    """Whether somebody has opened the check's page since it last changed."""
    look = session.get(Look, (check_id, actor.id))
    return look is not None and look.version == version


def seen(session: Session, actor: Actor, checks: list[Check]) -> set[str]:
    """Those of the checks that somebody has seen as they are now."""
    mine = select(Look.check_id, Look.version).where(
        Look.account_id == actor.id, Look.check_id.in_([check.id for check in checks])
    )
    versions = {row.check_id: row.version for row in session.execute(mine)}
    return {check.id for check in checks if versions.get(check.id) == check.version}
