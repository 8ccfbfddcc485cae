"""What the routes work with: made once at the start, closed at the end."""

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request

from api.db import Database
from api.metrics import Metrics
from api.photos import PhotoStore
from api.policies import policy_in_force
from api.pool import WorkPool
from api.searching import Searcher
from api.settings import Settings
from api.tables import PolicyVersion
from vision import Checker, Detector, PhotoLimits, Policy, SessionSettings


@dataclass
class Services:
    """Database, photo store, network and workers of one process."""

    settings: Settings
    database: Database
    store: PhotoStore
    detector: Detector
    pool: WorkPool
    metrics: Metrics
    searcher: Searcher
    _checkers: dict[int, Checker] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, settings: Settings) -> "Services":
        """Load the network, migrate the database, open the store; all or an error.

        Raises:
            ModelError: `model.*`.
        """
        # One core a photo: several photos at once use the cores better than several cores a photo.
        detector = Detector.open(settings.model_manifest, SessionSettings(threads=1))
        database = Database(settings.database_address)
        database.upgrade()
        store = PhotoStore.open(settings)
        pool = WorkPool(settings.workers, settings.queue)
        metrics = Metrics(pool, detector.manifest)
        searcher = Searcher(database, store, metrics, pool.wake, settings.ask_recaptured)
        pool.spend_spare_time_on(searcher)
        return cls(settings, database, store, detector, pool, metrics, searcher)

    def warm(self) -> None:
        """Run the network once, so that the first photo does not pay for the runtime's start.

        And take over the searches that were pending when the service last ended.
        """
        self.searcher.adopt(timedelta(0))
        with self.database.read() as session:
            policy = policy_in_force(session)
        self.checker(policy).warm()

    def checker(self, policy: PolicyVersion) -> Checker:
        """The checker for a policy; the network is shared."""
        with self._lock:
            if policy.id not in self._checkers:
                limits = PhotoLimits(max_bytes=self.settings.max_photo_bytes)
                document = Policy.model_validate(policy.document)
                self._checkers[policy.id] = Checker(self.detector, document, limits)
            return self._checkers[policy.id]

    def close(self) -> None:
        """Finish what was taken, then let go of everything; pending searches stay pending."""
        self.pool.close()
        self.database.close()


def get_services(request: Request) -> Services:
    """Of the application that serves the request."""
    services: Services = request.app.state.services
    return services


Injected = Annotated[Services, Depends(get_services)]
