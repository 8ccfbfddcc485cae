"""Teams, accounts and the ways to prove who one is."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.tables.base import ID_LENGTH, Base, Identified


class Role(StrEnum):
    """What an account may do."""

    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    AUDITOR = "auditor"


supervised = Table(
    "supervised",
    Base.metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("team_id", ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
)


class Team(Identified, Base):
    """Technicians who are looked after together."""

    __tablename__ = "teams"

    name: Mapped[str] = mapped_column(String(100), unique=True)


class Account(Identified, Base):
    """A person, or a machine with API keys only.

    Attributes:
        login: staff number or name to sign in with; after an erasure a made-up one.
        team_id: of a technician.
        teams: a supervisor looks after.
        password_hash: argon2; None cannot sign in with a password.
        must_change_password: the present password was handed out by somebody else.
    """

    __tablename__ = "accounts"

    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[Role] = mapped_column(String(16))
    team_id: Mapped[str | None] = mapped_column(ForeignKey("teams.id"), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    erased_at: Mapped[datetime | None]
    teams: Mapped[list[Team]] = relationship(secondary=supervised, order_by=Team.name)


class ApiKey(Identified, Base):
    """A secret for machines; only its hash is kept."""

    __tablename__ = "api_keys"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    revoked_at: Mapped[datetime | None]


class SignIn(Base):
    """A session of the pages; only the hash of the cookie is kept."""

    __tablename__ = "sign_ins"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LoginFailure(Base):
    """One wrong password; `who` is a hash of the name and the address, or of the address."""

    __tablename__ = "login_failures"

    id: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[str] = mapped_column(String(ID_LENGTH * 2), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
