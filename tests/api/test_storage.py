"""Photos and rows appear together or not at all: in a folder, and on a server that speaks S3."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api import custody
from api.custody import drop_unneeded, verify
from api.photos import PhotoStore
from api.settings import Settings
from api.tables import StoredPhoto
from tests.api.conftest import Api, Start, assert_problem
from tests.api.network import photo


@pytest.fixture(params=["folder", "s3"])
def stored(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Settings of a store of its own."""
    if request.param == "folder":
        return {}
    return {
        "photo_store": f"s3://photos-{uuid.uuid4().hex}/kept/here",
        "s3_endpoint": request.getfixturevalue("s3"),
        "s3_key": "AKIA0TESTS",
        "s3_secret": "not-a-known-secret",
    }


@pytest.fixture
def api(start_api: Start, stored: dict[str, Any]) -> Iterator[Api]:
    with start_api(**stored) as running:
        yield running


def test_store_keeps_whole_files(
    settings_for: Callable[..., Settings], stored: dict[str, Any]
) -> None:
    store = PhotoStore.open(settings_for(**stored))
    address = store.put(b"some bytes")
    assert store.put(b"some bytes") == address
    assert store.get(address) == b"some bytes"
    assert list(store.addresses()) == [address]
    assert store.is_ready()
    again = PhotoStore.open(settings_for(**stored))
    assert again.is_intact(address)
    again.drop(address)
    again.drop(address)
    assert not store.has(address)
    assert not store.is_intact(address)
    with pytest.raises(FileNotFoundError):
        store.get(address)


def test_photo_comes_back_from_the_store(api: Api) -> None:
    check = api.check(data=photo(1))
    answer = api.call("technician_a", "GET", f"/v1/checks/{check['id']}/photo")
    assert answer.status_code == 200
    assert api.services.store.get(check["report"]["sha256"]) == photo(1)


def test_crash_before_the_row_leaves_an_orphan_that_is_found(api: Api) -> None:
    kept = api.check(data=photo(1))
    orphan = api.services.store.put(b"written, then the power went")
    found = verify(api.services.database, api.services.store)
    assert (found.orphans, found.dangling, found.is_clean) == ([orphan], [], False)
    repaired = verify(api.services.database, api.services.store, repair=True)
    assert (repaired.repaired, repaired.is_clean) == (1, True)
    clean = verify(api.services.database, api.services.store, read=True)
    assert (clean.photos, clean.is_clean) == (1, True)
    assert api.services.store.has(kept["report"]["sha256"])


def test_failed_transaction_keeps_no_row(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr("api.checking._index", fail)
        assert_problem(api.send(key="k1"), 500, "service.internal")
    assert api.get("admin", "/v1/checks")["items"] == []
    assert len(verify(api.services.database, api.services.store).orphans) == 1
    assert api.check(key="k1")  # the repeated request adopts the photo that is there already
    assert verify(api.services.database, api.services.store).is_clean


def test_missing_and_damaged_photos_are_found(api: Api, stored: dict[str, Any]) -> None:
    address = api.check(data=photo(1))["report"]["sha256"]
    api.services.store.drop(address)
    assert verify(api.services.database, api.services.store).dangling == [address]
    if not stored:
        path = Path(api.services.store._path(address))
        path.write_bytes(b"not this")
        assert verify(api.services.database, api.services.store).dangling == []
        assert verify(api.services.database, api.services.store, read=True).dangling == [address]


def test_a_photo_two_checks_need_stays(api: Api) -> None:
    address = api.check(data=photo(1))["report"]["sha256"]
    assert not drop_unneeded(api.services.database, api.services.store, address)
    assert api.services.store.has(address)


def test_photo_dropped_between_writing_and_row_is_written_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Repair deletes orphans while a photo is on its way: the row must not dangle."""
    take_in = custody.take_in

    def interrupted(session: Any, store: PhotoStore, address: str, data: bytes) -> None:
        store.drop(address)
        take_in(session, store, address, data)

    monkeypatch.setattr("api.checking.take_in", interrupted)
    api.check(data=photo(1))
    assert verify(api.services.database, api.services.store, read=True).is_clean
    with api.services.database.read() as session:
        assert len(session.scalars(select(StoredPhoto)).all()) == 1


def test_parts_of_files_are_found_and_deleted(start_api: Start) -> None:
    with start_api() as api:
        store = api.services.store
        address = store.put(b"x")
        part = Path(store._path(address)).with_name("a.part")
        part.write_bytes(b"half")
        assert verify(api.services.database, store).leftovers == []  # may still be written
        found = verify(api.services.database, store, repair=True, grace_s=-1)
        assert found.leftovers == [str(part)]
        assert found.is_clean
        assert not part.exists()


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    folder.rename(folder.with_name("gone"))
    yield
    folder.with_name("gone").rename(folder)


def test_readiness_tells_what_is_missing(start_api: Start) -> None:
    with start_api() as api:
        assert api.client.get("/readyz").json() == {
            "model": True,
            "database": True,
            "storage": True,
        }
        with unwritable(api.services.settings.data_dir / "photos"):
            answer = api.client.get("/readyz")
            assert answer.status_code == 503
            assert answer.json()["storage"] is False
        assert api.client.get("/livez").json() == {"status": "ok"}
