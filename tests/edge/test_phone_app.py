"""The phone app in a real browser: from signing in to the service, and days without a signal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.edge.phone_app import (
    AXE,
    LOGIN,
    ORDER,
    PASSWORD,
    ServiceUnderTest,
    build_app,
    camera_film,
    look,
    phone,
    service,
    why_not,
)

playwright_api = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_not() is not None, reason=why_not() or ""),
]

DEMO = Path(__file__).parents[2] / "demo"


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    with playwright_api.sync_playwright() as found:
        yield found


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServiceUnderTest]:
    build_app()
    with service(tmp_path) as running:
        yield running


@pytest.fixture
def good_film(tmp_path: Path) -> Path:
    return camera_film(tmp_path, DEMO / "selfie_ok.jpg")


def sign_in(page: Any, served: ServiceUnderTest) -> None:
    page.goto(f"{served.address}/phone")
    page.get_by_label("Staff number").fill(LOGIN)
    page.get_by_label("Password").fill(PASSWORD)
    look(page, "1-sign-in")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=ORDER).wait_for()


def open_camera(page: Any, shot: str) -> None:
    page.locator(f'[data-shot="{shot}"] button').click()


def wait_until_waiting(page: Any, count: int) -> None:
    page.locator(f'[data-waiting="{count}"]').wait_for()


def test_from_sign_in_to_the_service(
    playwright: Any, served: ServiceUnderTest, tmp_path: Path, good_film: Path
) -> None:
    with phone(playwright, tmp_path / "profile", good_film) as browser:
        page = browser.pages[0]
        sign_in(page, served)
        look(page, "2-orders")
        page.get_by_role("button", name=ORDER).click()
        page.get_by_role("heading", name="Selfie").wait_for()
        look(page, "3-order")
        open_camera(page, "selfie")
        page.locator(".ticks .mark").first.wait_for()
        look(page, "4-camera")
        page.get_by_role("heading", name="All good").wait_for()  # nobody pressed anything
        look(page, "5-good")
        page.get_by_role("button", name="Send").click()
        page.get_by_role("heading", name="Selfie").wait_for()
        wait_until_waiting(page, 0)
        look(page, "6-sent")

    (check,) = served.checks()
    assert check["shot"] == "selfie"
    assert check["verdict"] == "PASS"
    capture = check["capture"]
    assert (capture["latitude"], capture["longitude"]) == (31.2989, 120.5853)
    assert capture["sha256"] == check["report"]["sha256"]
    assert capture["policy"] == "small small-1"
    assert capture["model"].endswith(check["report"]["model"]["version"])
