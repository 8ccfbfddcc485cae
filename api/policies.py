"""Policies in the database: the one in force, adding another, the default at the first start."""

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.errors import ApiError
from api.tables import PolicyVersion
from vision import Policy, PolicyError, read_policy

MAX_NAME = 100


def policy_in_force(session: Session) -> PolicyVersion:
    """The newest policy."""
    return session.scalars(select(PolicyVersion).order_by(PolicyVersion.id.desc()).limit(1)).one()


def ensure_policy(session: Session) -> None:
    """Put the default policy in force where there is none."""
    if session.scalar(select(PolicyVersion.id).limit(1)) is None:
        add_policy(session, read_policy(), "the default at the first start", None)


def add_policy(
    session: Session, policy: Policy, reason: str, author_id: str | None
) -> PolicyVersion:
    """Put a policy in force.

    Raises:
        ApiError: `request.conflict`, there is a policy of this version.
    """
    row = PolicyVersion(
        name=policy.name,
        version=policy.version,
        document=policy.model_dump(mode="json"),
        reason=reason,
        author_id=author_id,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise ApiError(
            "request.conflict", f"there is a policy {policy.version!r}; give it another version"
        ) from error
    return row


def parse_policy(document: object) -> Policy:
    """Validate a policy document.

    Raises:
        PolicyError: `policy.invalid`.
    """
    try:
        policy = Policy.model_validate(document)
    except ValidationError as error:
        raise PolicyError("policy.invalid", str(error)) from error
    for field in (policy.name, policy.version):
        if len(field) > MAX_NAME or not field.isprintable():
            raise PolicyError(
                "policy.invalid", f"name and version have at most {MAX_NAME} printable characters"
            )
    return policy
