"""Flags: the one place where a question about a photo is written down."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from api import audit
from api.fraud import Question
from api.tables import Check, Flag, ReviewState, now


def raise_flags(check: Check, questions: Sequence[Question]) -> None:
    """Ask about a check, in the order given; a person will have to look at it."""
    at = now()
    for number, question in enumerate(questions):
        check.flags.append(
            Flag(
                created_at=at + timedelta(microseconds=number),
                kind=question.kind,
                earlier_id=question.earlier_id,
                facts=question.facts,
            )
        )
    if questions:
        check.review = ReviewState.OPEN


def raise_later(session: Session, check: Check, question: Question) -> None:
    """Ask about a check that was answered before: whoever has it open is told.

    It comes back into the queue even if somebody has decided, who could not know; what they decided
    stands until somebody decides anew. Call it last in the transaction, as `audit.append`.
    """
    raise_flags(check, [question])
    check.version += 1
    facts = {"kind": question.kind, "version": check.version}
    audit.append(session, None, "check.flagged", f"check:{check.id}", **facts)
