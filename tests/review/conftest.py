"""Pages over the real application: people who sign in with a password, and what they see."""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import httpx2 as httpx
import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from api.services import Services
from api.tables import Account
from tests.api.conftest import (  # noqa: F401 - fixtures
    Api,
    api,
    backend,
    manifest,
    settings_for,
    start_api,
)

PASSWORD = "correct horse battery"
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Element:
    """One element of a page: its name, attributes and text."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    @property
    def text(self) -> str:
        parts = [c if isinstance(c, str) else c.text for c in self.children]
        return " ".join(" ".join(parts).split())

    def all(self, tag: str, **attributes: str) -> list["Element"]:
        """Elements below by name and attributes; `class_` is one of the classes."""
        found = []
        for child in self.children:
            if isinstance(child, str):
                continue
            if child.tag == tag and all(child.has(n, v) for n, v in attributes.items()):
                found.append(child)
            found += child.all(tag, **attributes)
        return found

    def one(self, tag: str, **attributes: str) -> "Element":
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]

    def has(self, name: str, value: str) -> bool:
        if name == "class_":
            return value in self.attributes.get("class", "").split()
        return self.attributes.get(name.replace("_", "-")) == value


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.path = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.path[-1].children.append(element)
        if tag not in VOID:
            self.path.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.path[-1].tag == tag, f"</{tag}> closes <{self.path[-1].tag}>"
        self.path.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        self.path[-1].children.append(data)


def read_page(html: str) -> Element:
    """The page's tree; elements must be closed in order."""
    reader = _Reader()
    reader.feed(html)
    assert len(reader.path) == 1
    return reader.path[0]


class Browser:
    """Somebody with cookies, who sends forms as a browser without scripts does."""

    def __init__(self, running: Api, language: str = "en") -> None:
        self.client = TestClient(
            running.client.app,
            headers={"Accept-Language": language},
            follow_redirects=True,
            raise_server_exceptions=False,
        )

    def get(self, path: str, status: int = 200, **options: Any) -> Element:
        return self._read(self.client.get(path, **options), status)

    def post(self, path: str, status: int = 200, **fields: Any) -> Element:
        """Send a form; the CSRF token is that of the page last read."""
        return self._read(self.submit(path, **fields), status)

    def submit(self, path: str, **fields: Any) -> httpx.Response:
        answer: httpx.Response = self.client.post(path, data={"csrf_token": self.csrf} | fields)
        return answer

    def _read(self, answer: httpx.Response, status: int) -> Element:
        assert answer.status_code == status, answer.text
        self.answer = answer
        self.page = read_page(answer.text)
        return self.page

    @property
    def csrf(self) -> str:
        page = getattr(self, "page", None)
        fields = page.all("input", name="csrf_token") if page else []
        return fields[0]["value"] if fields else ""

    def sign_in(self, login: str, password: str = PASSWORD, status: int = 200) -> Element:
        self.get("/sign-in")
        return self.post("/sign-in", status, login=login, password=password)


def give_passwords(services: Services) -> None:
    """Everybody there is may sign in."""
    # A hash carries its parameters: these are the cheapest, so that signing in takes no time.
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with services.database.write() as session:
        for account in session.query(Account):
            account.password_hash = hashed
            account.must_change_password = False


SignIn = Callable[..., Browser]


@pytest.fixture
def sign_in(api: Api) -> Iterator[SignIn]:  # noqa: F811
    """Sign somebody in by login."""
    give_passwords(api.services)
    browsers: list[Browser] = []

    def enter(login: str, language: str = "en") -> Browser:
        browser = Browser(api, language)
        browsers.append(browser)
        browser.sign_in(login)
        return browser

    yield enter
    for browser in browsers:
        browser.client.close()
