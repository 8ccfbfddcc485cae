"""A desk to look at: the running service with the shipped network, a team, and the demo photos."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import uvicorn

from api.accounts import add_key
from api.app import create_app
from api.services import Services
from api.settings import Settings
from api.start import prepare
from api.tables import Account, Role, Team, WorkOrder
from tests.api.servers import free_port
from tests.review.conftest import give_passwords

DEMO = Path(__file__).parents[2] / "demo"
# The order in which technicians send them: file, shot, work order.
PHOTOS = (
    ("selfie_ok.jpg", "selfie", "WO-1001"),
    ("shoes_ok.jpg", "shoes", "WO-1001"),
    ("site_littered.jpg", "site_before", "WO-1001"),
    ("site_clean.jpg", "site_after", "WO-1001"),
    ("selfie_no_helmet.jpg", "selfie", "WO-1002"),
    ("shoes_bare.jpg", "shoes", "WO-1002"),
    ("site_littered.jpg", "site_after", "WO-1002"),
    ("selfie_grey_clothes.jpg", "selfie", "WO-1003"),
    ("selfie_yellow_helmet.jpg", "selfie", "WO-1004"),
    ("selfie_no_badge.jpg", "selfie", "WO-1005"),
)
NAMES = {"SZ10086": "Technician 1", "SZ10087": "Technician 2"}
ORDERS = {
    "WO-1001": "SZ10086",
    "WO-1002": "SZ10086",
    "WO-1003": "SZ10087",
    "WO-1004": "SZ10087",
    "WO-1005": "SZ10086",
}


@dataclass(frozen=True)
class Desk:
    """Where it is, and the keys of its technicians by login."""

    address: str
    keys: dict[str, str]
    services: Services

    def send(self, name: str, shot: str, order: str) -> httpx.Response:
        """Send a demo photo as the order's technician does."""
        answer: httpx.Response = httpx.post(
            f"{self.address}/v1/checks",
            headers={"Authorization": f"Bearer {self.keys[ORDERS[order]]}"},
            data={"shot": shot, "work_order": order},
            files={"photo": (name, (DEMO / name).read_bytes())},
            timeout=120,
        )
        return answer


@contextmanager
def running_desk(folder: Path, port: int | None = None) -> Iterator[Desk]:
    """Start the service behind a real socket, with people who can sign in."""
    settings = Settings(data_dir=folder, sample_pass=1, workers=1)
    services = Services.open(settings)
    prepare(services)
    keys = _add_people(services)
    port = port or free_port()
    config = uvicorn.Config(create_app(services), port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.02)
        if not thread.is_alive():
            raise RuntimeError("the service does not start")
    try:
        yield Desk(f"http://127.0.0.1:{port}", keys, services)
    finally:
        server.should_exit = True
        thread.join(60)


def _add_people(services: Services) -> dict[str, str]:
    keys = {}
    with services.database.write() as session:
        team = Team(name="Suzhou 1")
        session.add(team)
        session.flush()
        for number in (1, 2):
            supervisor = Account(
                login=f"lead{number}",
                name=f"Team lead {number}",
                role=Role.SUPERVISOR,
                teams=[team],
            )
            session.add(supervisor)
        for login, name in NAMES.items():
            person = Account(login=login, name=name, role=Role.TECHNICIAN, team_id=team.id)
            session.add(person)
            session.flush()
            _, keys[login] = add_key(session, person, "phone")
            for order in (number for number, who in ORDERS.items() if who == login):
                session.add(
                    WorkOrder(number=order, team_id=team.id, technician_id=person.id, shots=[])
                )
    give_passwords(services)
    return keys
