"""Filters of the queue that people keep under a name; everybody has their own."""

import re
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.access import Actor
from api.errors import ApiError, not_found
from api.tables import Role, SavedFilter

MAX_FILTERS = 50  # of one account
MAX_QUERY = 1000
PASSING = frozenset(("cursor", "limit", "page"))  # where somebody was, not what they look for
_PARAMETER = re.compile(r"[a-z][a-z_]{0,39}")


def canonical(query: str) -> str:
    """The query of an address, as it is kept: without empty parameters and places in a listing.

    Raises:
        ValueError: this is no query of an address, or a too long one.
    """
    pairs = parse_qsl(query.removeprefix("?"), strict_parsing=bool(query.strip("?")))
    for name, _ in pairs:
        if not _PARAMETER.fullmatch(name):
            raise ValueError(f"there is no parameter {name[:40]!r}")
    kept_pairs = [(name, value) for name, value in pairs if name not in PASSING]
    encoded = urlencode(kept_pairs)
    if len(encoded) > MAX_QUERY:
        raise ValueError(f"a filter has at most {MAX_QUERY} characters")
    return encoded


def kept(session: Session, actor: Actor) -> list[SavedFilter]:
    """One's own, by name."""
    mine = select(SavedFilter).where(SavedFilter.account_id == actor.id)
    return list(session.scalars(mine.order_by(SavedFilter.name)))


def keep(session: Session, actor: Actor, name: str, query: str) -> SavedFilter:
    """Keep a filter; one of this name is replaced.

    Raises:
        ApiError: `request.conflict`, there are too many.
    """
    mine = SavedFilter.account_id == actor.id
    found = session.scalar(select(SavedFilter).where(mine, SavedFilter.name == name))
    if found is None:
        if session.scalars(select(func.count()).where(mine)).one() >= MAX_FILTERS:
            raise ApiError("request.conflict", f"there are {MAX_FILTERS} filters: delete one first")
        found = SavedFilter(account_id=actor.id, name=name, query=query)
        session.add(found)
    found.query = query
    session.flush()
    return found


def drop(session: Session, actor: Actor, filter_id: str) -> None:
    """Delete a filter: one's own; admins also what others left behind.

    Raises:
        ApiError: `request.not_found`.
    """
    found = session.get(SavedFilter, filter_id)
    if found is None or (found.account_id != actor.id and actor.role is not Role.ADMIN):
        raise not_found("filter")
    session.delete(found)
