"""The search for copies goes on after the answer: tests wait for it, or hold it up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from api.searching import Searcher
from tests.api.conftest import Api

PATIENCE_S = 60


def searched(api: Api, check_id: str) -> dict[str, Any]:
    """A check as its supervisor sees it once nothing is searched for any more."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        check: dict[str, Any] = api.get("supervisor_a", f"/v1/checks/{check_id}")
        if not check["search_pending"]:
            return check
        time.sleep(0.01)
    raise AssertionError("the search does not end")


def answered(check: dict[str, Any]) -> dict[str, Any]:
    """What a check says but for whether its search has ended, which no request decides."""
    return {name: value for name, value in check.items() if name != "search_pending"}


@contextmanager
def searches_held_up() -> Iterator[None]:
    """Within the block checks are answered and no search is begun."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Searcher, "waiting", property(lambda _: 0))
        yield
