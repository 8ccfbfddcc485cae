"""The desk in a real browser: a day's work by keyboard alone, at a laptop and on a phone.

Screenshots go to the folder named by PPE_SCREENSHOTS, else to pytest's.
"""

import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from api.tables import Check, Review
from tests.review.conftest import PASSWORD
from tests.review.desk import PHOTOS, Desk, running_desk
from vision import Verdict

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium"),
]
LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 120_000  # machines that run tests are busy


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("desk")) as found:
        for name, shot, order in PHOTOS:
            answer = found.send(name, shot, order)
            assert answer.status_code == 201, answer.text
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=arguments, timeout=PATIENCE_MS
        )
        yield browser
        browser.close()


@pytest.fixture
def enter(chromium: Any, desk: Desk) -> Iterator[Callable[..., Any]]:
    """Sign somebody in by keyboard; whatever the console complains of is a failure."""
    contexts = []
    complaints: list[str] = []

    def sign_in(login: str, size: dict[str, int] = LAPTOP, language: str = "en") -> Any:
        context = chromium.new_context(
            base_url=desk.address, viewport=size, locale=language, has_touch=size is PHONE
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto("/")
        assert_accessible(page)
        page.keyboard.type(login)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("nav [aria-current=page]")
        page.wait_for_load_state()  # keys are heard from now on
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = os.environ.get("PPE_SCREENSHOTS")
    path = Path(folder) if folder else tmp_path_factory.mktemp("screenshots")
    path.mkdir(parents=True, exist_ok=True)
    return path


def assert_accessible(page: Any) -> None:
    """axe-core finds nothing against WCAG 2.2 AA.

    It does not see that the letters on the photo are white with a dark rim.
    """
    letters = {"exclude": [["#stage text"]]}
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = axe.Axe().run(page, letters, options={"runOnly": tags, "resultTypes": ["violations"]})
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"


def shoot(page: Any, folder: Path, name: str) -> None:
    """Keep what the page looks like; pictures load first, and nothing is wider than the screen."""
    page.wait_for_load_state("networkidle")
    overhang = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overhang <= 0, f"{page.url} is {overhang} pixels too wide"
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.save(folder / f"{name}.jpg", quality=72, optimize=True)


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def close_dialog(page: Any) -> None:
    """While it is open Enter means its button, and no key of the page counts."""
    press(page, "Escape")
    page.wait_for_selector("dialog[open]", state="detached")


def follow(page: Any, key: str) -> None:
    """Press a key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def test_a_supervisors_work_by_keyboard(
    enter: Callable[..., Any], desk: Desk, screenshots: Path
) -> None:
    page = enter("lead1")
    with desk.services.database.read() as session:
        failed = session.scalars(select(Check).where(Check.verdict == Verdict.FAIL)).all()
    assert page.locator(".tabs .failed .count").inner_text() == str(len(failed)) != "0"
    assert_accessible(page)
    shoot(page, screenshots, "queue-1366")
    press(page, "?")
    assert page.locator("#keys dl").inner_text().count("Open the first photo") == 1
    close_dialog(page)

    follow(page, "Enter")
    first = page.url
    page.wait_for_selector("#stage .box.FAIL")
    assert_accessible(page)
    shoot(page, screenshots, "photo-1366")
    press(page, "h")
    assert page.locator("#evidence").is_hidden()
    press(page, "h", "+", "+")
    zoomed = page.locator("#stage").get_attribute("viewBox")
    press(page, "0")
    assert page.locator("#stage").get_attribute("viewBox") != zoomed
    page.locator(".finding").first.focus()
    assert page.locator("#evidence .box.lit").count() >= 1

    follow(page, "j")
    follow(page, "k")
    assert page.url == first
    press(page, "1")  # what failed is number one: now it passes
    assert page.locator(".answers.changed").count() == 1
    press(page, "1", "1", "1", "1", "c")
    page.keyboard.type("Looked twice.")
    press(page, "Escape")
    follow(page, "a")
    assert page.locator(".flash").inner_text().startswith("Accepted")
    assert page.url != first
    follow(page, "u")
    assert page.url == first
    assert page.locator("#comment").input_value() == "Looked twice."

    press(page, "x", "1")
    assert "photo of a screen" in page.locator("#why").input_value()
    shoot(page, screenshots, "reject-1366")
    follow(page, "Enter")
    assert page.locator(".flash").inner_text().startswith("Rejected")
    with desk.services.database.read() as session:
        reviews = session.scalars(select(Review).order_by(Review.version)).all()
    assert [review.decision for review in reviews] == ["accept", "reopen", "reject"]
    assert reviews[0].comment == "Looked twice."
    assert set(reviews[0].changes.values()) == {"PASS"}

    page.goto("/overview")
    assert_accessible(page)
    assert page.locator("main h1").is_visible()
    shoot(page, screenshots, "overview-1366")


def test_drawing_a_box_by_keyboard(
    enter: Callable[..., Any], desk: Desk, screenshots: Path
) -> None:
    page = enter("lead1")
    follow(page, "Enter")
    check_id = page.url.rsplit("/", 1)[1]
    press(page, "b")
    page.wait_for_selector(".edit-tools:not([hidden])")
    before = page.locator("#marks .mark").count()
    page.locator("#label").select_option("badge")
    page.locator("#stage").focus()
    press(page, "n", "ArrowLeft", "Shift+ArrowDown")
    assert page.locator("#marks .mark").count() == before + 1
    assert_accessible(page)
    shoot(page, screenshots, "boxes-1366")
    follow(page, "a")
    page.goto(f"/review/{check_id}")
    assert page.locator(".drawn .mark").count() == before + 1
    assert page.locator(".drawn text").last.text_content() == "badge"


def test_drawing_a_box_with_the_pointer(enter: Callable[..., Any]) -> None:
    page = enter("lead1")
    follow(page, "Enter")
    press(page, "b")
    place = page.locator("#stage").bounding_box()
    x, y = place["x"] + place["width"] * 0.27, place["y"] + place["height"] * 0.15
    before = page.locator("#marks .mark").count()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=4)
    page.mouse.up()
    assert page.locator("#marks .mark").count() == before + 1
    assert page.locator("#decide [name=boxes]").input_value() != ""
    press(page, "Delete")
    assert page.locator("#marks .mark").count() == before
    page.mouse.wheel(0, -600)  # heard some time after
    page.wait_for_function(
        "stage => stage.viewBox.baseVal.width < stage.dataset.width",
        arg=page.query_selector("#stage"),
    )


def test_before_and_after_with_a_slider(enter: Callable[..., Any], screenshots: Path) -> None:
    page = enter("lead1", language="zh-CN")
    page.goto("/review?shot=site_after&order=oldest")
    follow(page, "Enter")
    compare = page.locator("[data-compare].sliding").first
    compare.scroll_into_view_if_needed()
    cut = page.locator("[data-cut]").first
    cut.focus()
    press(page, *["ArrowRight"] * 5)
    assert cut.input_value() == "55"
    shoot(page, screenshots, "compare-1366-zh")
    page.locator("[data-side-by-side]").first.press("Enter")
    assert page.locator("[data-compare].sliding").count() == 0
    assert_accessible(page)


def test_on_a_phone(enter: Callable[..., Any], screenshots: Path) -> None:
    page = enter("lead2", PHONE, "zh-CN")
    assert_accessible(page)
    shoot(page, screenshots, "queue-390-zh")
    page.locator("a.open").first.tap()
    page.wait_for_selector("#stage")
    assert_accessible(page)
    shoot(page, screenshots, "photo-390-zh")
    page.goto("/overview")
    assert_accessible(page)
    shoot(page, screenshots, "overview-390-zh")


def test_leaving_a_photo_lets_others_have_it(enter: Callable[..., Any]) -> None:
    one, other = enter("lead1"), enter("lead2")
    total = other.locator(".tabs .count").first
    before = int(total.inner_text())
    follow(one, "Enter")
    other.reload()
    assert int(total.inner_text()) == before - 1
    one.goto("/account")
    for _ in range(60):  # the browser tells the service after it has left
        other.reload()
        if int(total.inner_text()) == before:
            return
        other.wait_for_timeout(500)
    pytest.fail("the photo is still kept from others")


def test_every_page_of_a_technician_is_accessible(enter: Callable[..., Any]) -> None:
    page = enter("SZ10086")
    for link in ("/results", "/orders", "/account", "/password"):
        page.goto(link)
        assert_accessible(page)
