"""What the desk remembers: who has a check open just now, and who has looked at it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.tables.base import ID_LENGTH, Base


class Hold(Base):
    """Somebody has a check open to decide it; until it expires, others are not shown the check.

    `token` names the open page: a page that was left takes nothing from one opened after it.
    """

    __tablename__ = "holds"

    check_id: Mapped[str] = mapped_column(ForeignKey("checks.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    token: Mapped[str] = mapped_column(String(ID_LENGTH))
    expires_at: Mapped[datetime]


class Look(Base):
    """Somebody opened a check's page when it had this version: they may decide it with others."""

    __tablename__ = "looks"

    check_id: Mapped[str] = mapped_column(ForeignKey("checks.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    version: Mapped[int]
