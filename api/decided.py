"""Which decision stands on a check: the last one, unless it was taken back."""

from typing import Any

from sqlalchemy import ScalarSelect, select

from api.tables import Check, Review


def last_review_id() -> ScalarSelect[Any]:
    """Identifier of the last decision, correlated to `Check` of the statement around it."""
    newest = select(Review.id).where(Review.check_id == Check.id).order_by(Review.version.desc())
    return newest.limit(1).correlate(Check).scalar_subquery()
