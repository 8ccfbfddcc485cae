"""When gear is due: helmets expire, insulated shoes are tested, in calendar months."""

from calendar import monthrange
from datetime import date

from api.tables import GearKind

HELMET_MONTHS = 30  # 塑料安全帽的有效期不超过两年半
SHOE_TEST_MONTHS = 6  # 绝缘鞋穿用6个月后，应做一次预防性试验


def due_on(kind: GearKind, issued_on: date, tested_on: date | None) -> date:
    """The first day on which it may no longer be used without replacement or test."""
    if kind is GearKind.HELMET:
        return add_months(issued_on, HELMET_MONTHS)
    return add_months(tested_on or issued_on, SHOE_TEST_MONTHS)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
