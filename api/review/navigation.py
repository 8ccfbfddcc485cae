"""The menu: which pages there are, and whose they are. A role's first page is its home."""

from dataclasses import dataclass

from api.access import ALL
from api.tables import Role


@dataclass(frozen=True)
class Entry:
    """One entry of the menu; its text is `menu.{name}`."""

    name: str
    path: str
    roles: tuple[Role, ...]


MENU = (
    Entry("queue", "/review", (Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)),
    Entry("overview", "/overview", (Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)),
    Entry("results", "/results", (Role.TECHNICIAN,)),
    Entry("orders", "/orders", (Role.TECHNICIAN,)),
    Entry("account", "/account", ALL),
)


def menu_of(role: Role) -> list[Entry]:
    """What a role finds in the menu."""
    return [entry for entry in MENU if role in entry.roles]


def home_of(role: Role) -> str:
    """Where a role belongs."""
    return menu_of(role)[0].path
