"""The phone app under /phone: its files, and the service's own network and policy among them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.routes.policies import PolicyIn
from tests.api.conftest import Api, Start
from tests.api.world import small_policy
from vision import Manifest, Policy

SHARED = ("/phone/model/manifest.json", "/phone/model/any-name.onnx", "/phone/policy.json")
FILES = {
    "index.html": ("<title>App</title>", "text/html"),
    "assets/runtime.wasm": ("\0asm" + 5000 * "x", "application/wasm"),
    "assets/runtime.mjs": ("export {}", "javascript"),
    "examples/selfie.webp": ("RIFF", "image/webp"),
    "model/manifest.json": ("of the build", ""),
    "policy.json": ("of the build", ""),
}


@pytest.fixture
def api(start_api: Start, tmp_path: Path) -> Iterator[Api]:
    folder = tmp_path / "app"
    for name, (text, _) in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with start_api(phone_app=folder) as running:
        yield running


@pytest.mark.parametrize("name", ["", "index.html", "assets/runtime.wasm", "assets/runtime.mjs"])
def test_files_come_isolated_and_asked_about_again(api: Api, name: str) -> None:
    answer = api.call(None, "GET", f"/phone/{name}")
    text, kind = FILES[name or "index.html"]
    assert answer.text == text
    assert kind in answer.headers["content-type"]
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-embedder-policy"] == "require-corp"
    assert answer.headers["cache-control"] == "no-cache"
    again = api.call(
        None, "GET", f"/phone/{name}", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


def test_runtime_comes_compressed(api: Api) -> None:
    answer = api.call(None, "GET", "/phone/assets/runtime.wasm")
    assert answer.headers["content-encoding"] == "gzip"
    picture = api.call(None, "GET", "/phone/examples/selfie.webp")
    assert picture.headers["content-type"] == "image/webp"


def test_address_without_slash_leads_on(api: Api) -> None:
    answer = api.call(None, "GET", "/phone", follow_redirects=False)
    assert answer.headers["location"] == "/phone/"


def test_network_and_policy_are_the_services_not_the_builds(api: Api) -> None:
    manifest = Manifest.model_validate(api.call(None, "GET", SHARED[0]).json())
    assert manifest == api.services.detector.manifest
    network = api.call(None, "GET", SHARED[1]).content
    assert hashlib.sha256(network).hexdigest() == manifest.sha256
    assert Policy.model_validate(api.call(None, "GET", SHARED[2]).json()) == small_policy()


@pytest.mark.parametrize("path", SHARED)
def test_what_the_phone_has_is_not_sent_again(api: Api, path: str) -> None:
    tag = api.call(None, "GET", path).headers["etag"]
    answer = api.call(None, "GET", path, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_another_policy_reaches_the_phone(api: Api) -> None:
    tag = api.call(None, "GET", SHARED[2]).headers["etag"]
    document = small_policy().model_dump(mode="json") | {"version": "small-2"}
    body = PolicyIn(document=document, reason="Another.").model_dump(mode="json")
    assert api.call("admin", "POST", "/v1/policies", json=body).status_code == 201
    answer = api.call(None, "GET", SHARED[2], headers={"If-None-Match": tag})
    assert answer.json()["version"] == "small-2"


@pytest.mark.parametrize("path", ["/phone", "/phone/", "/phone/model/manifest.json"])
def test_where_the_app_was_not_built_a_page_says_what_to_run(
    start_api: Start, tmp_path: Path, path: str
) -> None:
    with start_api(phone_app=tmp_path / "nothing") as api:
        answer = api.call(None, "GET", path, headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert "phone.not_built" in answer.text
    assert "make phone" in answer.text
