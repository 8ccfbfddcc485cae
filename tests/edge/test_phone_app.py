"""The phone app in a real browser: from signing in to the service, and days without a signal."""

import contextlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.edge.phone_app import (
    LOGIN,
    ORDER,
    PASSWORD,
    ServiceUnderTest,
    accessibility_faults,
    build_app,
    camera_film,
    kill,
    look,
    phone,
    service,
    small_targets,
    what_waits,
    why_not,
)
from vision.manifest import DEFAULT_MANIFEST

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


@pytest.fixture(scope="module")
def app() -> None:
    build_app()


@pytest.fixture
def served(app: None, tmp_path: Path) -> Iterator[ServiceUnderTest]:
    """With the shipped network."""
    with service(tmp_path, DEFAULT_MANIFEST) as running:
        yield running


@pytest.fixture
def quick(app: None, tmp_path: Path, manifest: Path) -> Iterator[ServiceUnderTest]:
    """With a network of a few bytes, which sees a helmet wherever there is much red."""
    with service(tmp_path, manifest) as running:
        yield running


@pytest.fixture
def good_film(tmp_path: Path) -> Path:
    return camera_film(tmp_path, DEMO / "selfie_ok.jpg")


def sign_in(page: Any, served: ServiceUnderTest) -> None:
    page.goto(f"{served.address}/phone")
    give_name(page, "1-sign-in")
    page.get_by_role("button", name=ORDER).wait_for()


def give_name(page: Any, screen: str) -> None:
    page.get_by_label("Staff number").fill(LOGIN)
    page.get_by_label("Password").fill(PASSWORD)
    assert_good_screen(page, screen)
    page.get_by_role("button", name="Sign in").click()


def open_camera(page: Any, shot: str) -> None:
    page.locator(f'[data-shot="{shot}"] button').first.click()


def shoot(page: Any) -> None:
    """Press the button, unless the app was quicker."""
    shutter = page.get_by_role("button", name="Take the photo now")
    send = page.get_by_role("button", name="Send", exact=True)
    shutter.or_(send).first.wait_for()
    with contextlib.suppress(playwright_api.Error):
        shutter.click(timeout=10_000)
    send.wait_for()


def assert_good_screen(page: Any, name: str) -> None:
    """People with poor eyes, a glove or a screen reader can use it."""
    look(page, name)
    assert accessibility_faults(page) == []
    assert small_targets(page) == []


def wait_until_waiting(page: Any, count: int) -> None:
    try:
        page.locator(f'[data-waiting="{count}"]').wait_for()
    except playwright_api.TimeoutError:
        pytest.fail(f"not {count} photos wait, but:\n{what_waits(page)}")


def test_from_sign_in_to_the_service(
    playwright: Any, served: ServiceUnderTest, tmp_path: Path, good_film: Path
) -> None:
    with phone(playwright, tmp_path / "profile", good_film) as browser:
        page = browser.pages[0]
        sign_in(page, served)
        assert_good_screen(page, "2-orders")
        page.get_by_role("button", name=ORDER).click()
        page.get_by_role("heading", name="Selfie").wait_for()
        assert_good_screen(page, "3-order")
        open_camera(page, "selfie")
        page.locator(".ticks .mark").first.wait_for()
        assert_good_screen(page, "4-camera")
        page.get_by_role("heading", name="All good").wait_for()  # nobody pressed anything
        assert_good_screen(page, "5-good")
        page.get_by_role("button", name="Send").click()
        page.get_by_role("heading", name="Selfie").wait_for()
        served.wait_for_checks(1)
        wait_until_waiting(page, 0)
        assert_good_screen(page, "6-sent")

    (check,) = served.checks()
    assert check["shot"] == "selfie"
    assert check["verdict"] == "PASS"
    capture = check["capture"]
    assert (capture["latitude"], capture["longitude"]) == (31.2989, 120.5853)
    assert capture["sha256"] == check["report"]["sha256"]
    assert capture["policy"] == "small small-1"
    assert capture["model"].endswith(check["report"]["model"]["version"])


@pytest.mark.parametrize("allowed", [False, True])
def test_gallery_only_where_the_policy_allows_it(
    playwright: Any, quick: ServiceUnderTest, tmp_path: Path, allowed: bool
) -> None:
    if allowed:
        quick.allow_gallery()
    grey = tmp_path / "grey.png"
    Image.new("RGB", (480, 640), "grey").save(grey)
    nobody = camera_film(tmp_path, grey)  # so that the app takes no photo by itself
    with phone(playwright, tmp_path / "profile", nobody) as browser:
        page = browser.pages[0]
        sign_in(page, quick)
        page.get_by_role("button", name=ORDER).click()
        open_camera(page, "selfie")
        page.locator(".ticks .mark").first.wait_for()
        gallery = page.get_by_label("Choose from the gallery")
        if not allowed:
            assert gallery.count() == 0
            return
        gallery.wait_for(state="attached")
        assert_good_screen(page, "4-camera-gallery")
        gallery.set_input_files(DEMO / "selfie_ok.jpg")
        page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_role("heading", name="Work order").wait_for()
        quick.wait_for_checks(1)
    (check,) = quick.checks()
    assert check["report"]["sha256"] == sha256((DEMO / "selfie_ok.jpg").read_bytes()).hexdigest()


PHOTOS = 10


def test_ten_photos_without_a_signal(
    playwright: Any, quick: ServiceUnderTest, tmp_path: Path, good_film: Path
) -> None:
    profile = tmp_path / "profile"
    with phone(playwright, profile, good_film) as browser:
        page = browser.pages[0]
        sign_in(page, quick)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        browser.set_offline(True)
        page.reload()
        page.get_by_role("button", name=ORDER).click()
        for taken in range(PHOTOS):
            wait_until_waiting(page, taken)
            open_camera(page, "selfie")
            shoot(page)
            page.get_by_role("button", name="Send", exact=True).click()
        wait_until_waiting(page, PHOTOS)
        page.get_by_role("button", name=f"{PHOTOS} to send").click()
        page.get_by_text("no connection to the service").wait_for()
        assert_good_screen(page, "7-waiting")
        assert quick.checks() == []
        kill(profile)

    with phone(playwright, profile, good_film) as browser:
        page = browser.pages[0]
        # Chromium writes cookies to the disk half a minute late: killed, it may have lost them.
        browser.clear_cookies()
        page.goto(f"{quick.address}/phone/")
        ask = page.get_by_role("button", name="Sign in")
        ask.wait_for()
        assert_good_screen(page, "7-sign-in-again")
        ask.click()
        give_name(page, "1-sign-in")
        wait_until_waiting(page, 0)
        assert_each_came_once(quick, PHOTOS)

        page.get_by_role("button", name=ORDER).click()
        browser.set_offline(True)
        open_camera(page, "selfie")
        shoot(page)
        page.get_by_role("button", name="Send", exact=True).click()
        wait_until_waiting(page, 1)
        browser.set_offline(False)
        page.reload()  # the cookie is there: nobody has to sign in
        wait_until_waiting(page, 0)
    assert_each_came_once(quick, PHOTOS + 1)


def assert_each_came_once(served: ServiceUnderTest, photos: int) -> None:
    checks = served.checks()
    assert len(checks) == photos
    assert len({check["capture"]["taken_at"] for check in checks}) == photos


def test_photo_that_fails_goes_with_a_sentence_and_in_chinese(
    playwright: Any, served: ServiceUnderTest, tmp_path: Path
) -> None:
    film = camera_film(tmp_path, DEMO / "selfie_no_helmet.jpg")
    with phone(playwright, tmp_path / "profile", film, "zh-CN") as browser:
        page = browser.pages[0]
        page.goto(f"{served.address}/phone#key={served.world.keys['technician_a']}")
        page.get_by_role("button", name=ORDER).click()
        assert "ppe_" not in page.url
        open_camera(page, "selfie")
        page.locator(".ticks .mark.fail").wait_for()
        assert_good_screen(page, "8-camera-zh")
        page.get_by_role("button", name="立即拍照").click()
        page.get_by_role("heading", name="请改正后重拍").wait_for()
        assert page.locator('[data-rule="helmet.worn"]').inner_text() != ""
        assert_good_screen(page, "9-wrong-zh")
        page.get_by_role("button", name="就这样发送").click()
        page.get_by_label("为什么不能拍得更好").fill("安全帽送检了")
        page.get_by_role("button", name="发送", exact=True).click()
        page.locator(".shot").first.wait_for()
        served.wait_for_checks(1)
        wait_until_waiting(page, 0)

    (check,) = served.checks()
    assert check["verdict"] == "FAIL"
    assert served.appeals() == {check["id"]: "安全帽送检了"}


def stands(page: Any, shot: str, how: str) -> Any:
    card = page.locator(f'[data-shot="{shot}"][data-standing="{how}"]')
    card.wait_for()
    return card


def test_photo_that_cannot_be_taken_is_explained_without_a_signal(
    playwright: Any, quick: ServiceUnderTest, tmp_path: Path, good_film: Path
) -> None:
    """Said offline, the browser killed: the supervisor has it once, and the answer comes back."""
    profile = tmp_path / "profile"
    with phone(playwright, profile, good_film) as browser:
        page = browser.pages[0]
        page.goto(f"{quick.address}/phone#key={quick.world.keys['technician_a']}")
        page.get_by_role("button", name=ORDER).click()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        browser.set_offline(True)
        card = stands(page, "site_after", "missing")
        card.get_by_role("button", name="Cannot be taken").click()
        page.get_by_role("button", name="The customer does not want photos.").click()
        assert page.get_by_role("button", name="Send for all 2 missing photos").is_enabled()
        assert_good_screen(page, "11-cannot")
        words = page.get_by_label("Why can the photo not be taken?")
        words.fill(f"{words.input_value()} 只让看一眼。")
        page.get_by_role("button", name="Send", exact=True).click()
        stands(page, "site_after", "omission_here")
        page.get_by_role("button", name="1 to send").click()
        page.get_by_text("只让看一眼。").wait_for()
        assert quick.omissions() == []
        kill(profile)

    with phone(playwright, profile, good_film) as browser:
        page = browser.pages[0]
        page.goto(f"{quick.address}/phone/#/order/{ORDER}")
        wait_until_waiting(page, 0)
        stands(page, "site_after", "omission_open")
        stands(page, "selfie", "missing")
        (said,) = quick.omissions()
        assert said["text"] == "The customer does not want photos. 只让看一眼。"
        assert said["capture"]["taken_at"] < said["created_at"]

        quick.reject(said, "Photograph the cable from the door.")
        page.reload()
        card = stands(page, "site_after", "omission_rejected")
        card.get_by_text("Photograph the cable from the door.").wait_for()
        assert_good_screen(page, "12-answered")
        open_camera(page, "site_after")
        shoot(page)
        page.get_by_role("button", name="Send", exact=True).click()
        stands(page, "site_after", "taken")


FULL = """() => {
    const {add} = IDBObjectStore.prototype;
    IDBObjectStore.prototype.add = () => {
        throw new DOMException("no room", "QuotaExceededError");
    };
    window.makeRoom = () => { IDBObjectStore.prototype.add = add; };
}"""


def test_full_phone_is_said_and_the_photo_kept_on_the_screen(
    playwright: Any, quick: ServiceUnderTest, tmp_path: Path, good_film: Path
) -> None:
    with phone(playwright, tmp_path / "profile", good_film) as browser:
        page = browser.pages[0]
        sign_in(page, quick)
        page.get_by_role("button", name=ORDER).click()
        open_camera(page, "selfie")
        shoot(page)
        page.evaluate(FULL)  # Chromium's own override of the quota does not reach IndexedDB
        page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_role("alert").get_by_text("The phone is full").wait_for()
        look(page, "10-full")
        assert quick.checks() == []

        page.evaluate("window.makeRoom()")
        page.get_by_role("button", name="Send", exact=True).click()
        quick.wait_for_checks(1)
        wait_until_waiting(page, 0)
        page.locator(".shot").first.wait_for()
    assert len(quick.checks()) == 1


def test_can_be_installed(
    playwright: Any, quick: ServiceUnderTest, tmp_path: Path, good_film: Path
) -> None:
    with phone(playwright, tmp_path / "profile", good_film) as browser:
        page = browser.pages[0]
        page.goto(f"{quick.address}/phone/")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        chromium = browser.new_cdp_session(page)
        manifest = chromium.send("Page.getAppManifest")
        faults = chromium.send("Page.getInstallabilityErrors")["installabilityErrors"]
        isolated = page.evaluate("crossOriginIsolated")

    assert manifest["url"].endswith("/phone/manifest.webmanifest")
    assert manifest["errors"] == []
    assert faults == []
    assert isolated
