"""Who is there in the tests: two teams with their people, an admin, an auditor, two orders."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from api.accounts import add_key
from api.db import Database
from api.policies import add_policy
from api.tables import Account, Gear, GearKind, Role, Team, WorkOrder
from vision import Policy, read_policy

PLACE = (31.2989, 120.5853)
STARTS = datetime(2026, 5, 4, 1, 0, tzinfo=UTC)
ENDS = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
DUE = datetime(2027, 3, 1, tzinfo=UTC).date()


@dataclass(frozen=True)
class World:
    """Name → identifier, and name → API key. Names end in _a and _b after the team."""

    ids: dict[str, str]
    keys: dict[str, str]


def small_policy() -> Policy:
    """What the tests' network can judge: helmets. Reflective strips only as advice."""
    document = read_policy().model_dump(mode="json")
    document |= {"name": "small", "version": "small-1", "work_order": ["selfie", "site_after"]}
    document["shots"] = {
        "selfie": {"helmet.worn": "required", "uniform.reflective": "advisory"},
        "shoes": {"shoes.covers": "required"},
        "site_before": {},
        "site_after": {"site.restored": "required"},
    }
    return Policy.model_validate(document)


def build_world(database: Database) -> World:
    """Fill an empty database."""
    ids: dict[str, str] = {}
    keys: dict[str, str] = {}
    with database.write() as session:
        add_policy(session, small_policy(), "for the tests", None)
        for role in (Role.ADMIN, Role.AUDITOR):
            _add(session, ids, keys, role, Account(login=role, name=role.title(), role=role))
        for side in ("a", "b"):
            _add_side(session, ids, keys, side)
    return World(ids, keys)


def _add_side(session: Session, ids: dict[str, str], keys: dict[str, str], side: str) -> None:
    team = Team(name=f"Team {side.upper()}")
    session.add(team)
    session.flush()
    ids[f"team_{side}"] = team.id
    supervisor = Account(
        login=f"supervisor-{side}", name="Wang Fang", role=Role.SUPERVISOR, teams=[team]
    )
    technician = Account(
        login=f"SZ100-{side}", name="Technician A", role=Role.TECHNICIAN, team_id=team.id
    )
    _add(session, ids, keys, f"supervisor_{side}", supervisor)
    _add(session, ids, keys, f"technician_{side}", technician)
    order = WorkOrder(
        number=f"ORDER-{side.upper()}",
        team_id=team.id,
        technician_id=technician.id,
        shots=["selfie", "site_after"],
        starts_at=STARTS,
        ends_at=ENDS,
        latitude=PLACE[0],
        longitude=PLACE[1],
    )
    gear = Gear(
        technician_id=technician.id,
        kind=GearKind.INSULATED_SHOES,
        label=f"S-{side}",
        issued_on=DUE.replace(year=2026, month=9),
        due_on=DUE,
    )
    session.add_all([order, gear])
    session.flush()
    ids[f"order_{side}"], ids[f"gear_{side}"] = order.id, gear.id


def _add(
    session: Session, ids: dict[str, str], keys: dict[str, str], name: str, account: Account
) -> None:
    session.add(account)
    session.flush()
    key, keys[name] = add_key(session, account, "tests")
    ids[name], ids[f"key_of_{name}"] = account.id, key.id
