"""The watched folder: nothing half, nothing twice, nothing lost."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.agent import inbox as inbox_module
from edge.agent.checking import LocalCheck
from edge.agent.errors import EdgeError
from edge.agent.filing import Defaults
from edge.agent.inbox import FACT, Inbox
from edge.agent.queue import Queue, State
from tests.api.network import photo
from vision import Checker


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    opened = Queue(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "WO-1"
    path.mkdir(parents=True)
    return path


@pytest.fixture(scope="module")
def check(manifest: Path) -> LocalCheck:
    return LocalCheck(Checker.open(manifest))


@pytest.fixture
def inbox(folder: Path, queue: Queue, check: LocalCheck) -> Inbox:
    return Inbox(folder.parent, queue, check, Defaults(), 0)


def scan(inbox: Inbox, times: int = 1) -> list[str]:
    return [taken.item.name for _ in range(times) for taken in inbox.scan(0)]


def problems(queue: Queue) -> dict[str, str]:
    return {line["file"]: line["code"] for line in json.loads(queue.noted(FACT) or "[]")}


def test_complete_photo_moves_into_the_queue(folder: Path, queue: Queue, inbox: Inbox) -> None:
    (folder / "selfie.jpg").write_bytes(photo(1))
    (folder / "selfie.json").write_text('{"technician": "SZ1"}', encoding="utf-8")
    (folder / "notes.txt").write_text("not a photo", encoding="utf-8")
    assert scan(inbox) == ["selfie.jpg"]
    (item,) = queue.listed(State.WAITING)
    assert (item.filing.technician, item.verdict) == ("SZ1", "FAIL")
    assert queue.read(item) == photo(1)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert inbox.is_idle


def test_file_is_left_until_it_has_settled(folder: Path, queue: Queue, inbox: Inbox) -> None:
    (folder / "selfie.jpg").write_bytes(photo(1))
    assert list(inbox.scan(3600)) == []
    assert not inbox.is_idle
    assert scan(inbox) == ["selfie.jpg"]


def test_half_a_photo_is_waited_for(folder: Path, queue: Queue, inbox: Inbox) -> None:
    data, path = photo(1), folder / "selfie.jpg"
    for length in (0, 100, len(data) // 2, len(data) - 2000):
        path.write_bytes(data[:length])
        assert scan(inbox, 2) == []
        assert problems(queue) == {}  # it may still be written
    path.write_bytes(data)
    assert scan(inbox, 2) == ["selfie.jpg"]
    assert queue.read(queue.listed(State.WAITING)[0]) == data


def test_half_a_photo_nobody_writes_any_more_is_said(
    folder: Path, queue: Queue, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "UNFINISHED_S", 0)
    (folder / "selfie.jpg").write_bytes(photo(1)[:3000])
    assert scan(inbox, 2) == []
    assert problems(queue) == {"WO-1/selfie.jpg": "photo.truncated"}
    assert (folder / "selfie.jpg").exists()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("selfie.jpg", b"GIF89a" + bytes(100), "photo.unsupported_type"),
        ("IMG_1.jpg", photo(1), "edge.no_shot"),
        ("../selfie.jpg", photo(1), "edge.no_work_order"),
    ],
)
def test_what_cannot_be_taken_stays_and_is_named_until_it_is_put_right(
    folder: Path, queue: Queue, inbox: Inbox, name: str, data: bytes, code: str
) -> None:
    path = folder / name
    path.write_bytes(data)
    assert scan(inbox, 2) == []
    assert list(problems(queue).values()) == [code]
    assert path.read_bytes() == data
    assert inbox.is_idle
    path.rename(folder / "shoes.jpg")
    (folder / "shoes.jpg").write_bytes(photo(2))
    assert scan(inbox) == ["shoes.jpg"]
    assert problems(queue) == {}


def test_sidecar_that_comes_later_puts_it_right(folder: Path, queue: Queue, inbox: Inbox) -> None:
    (folder / "IMG_1.jpg").write_bytes(photo(1))
    sidecar = folder / "IMG_1.json"
    sidecar.write_text('{"shot": "self', encoding="utf-8")
    assert scan(inbox) == []
    assert problems(queue) == {"WO-1/IMG_1.jpg": "edge.sidecar_invalid"}
    sidecar.write_text('{"shot": "selfie"}', encoding="utf-8")
    assert scan(inbox) == ["IMG_1.jpg"]


def test_photo_that_comes_again_is_not_taken_twice(
    folder: Path, queue: Queue, inbox: Inbox
) -> None:
    """As after a crash between the queue's commit and the folder's clean-up."""
    for _ in range(2):
        (folder / "selfie.jpg").write_bytes(photo(1))
        assert scan(inbox) == ["selfie.jpg"]
    assert queue.counts().waiting == 1
    assert not list(folder.iterdir())


def test_links_and_hidden_files_are_left_alone(folder: Path, tmp_path: Path, inbox: Inbox) -> None:
    (tmp_path / "secret.jpg").write_bytes(photo(1))
    (folder / "selfie.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / ".selfie.jpg").write_bytes(photo(1))
    (folder / ".cache").mkdir()
    (folder / ".cache" / "selfie.jpg").write_bytes(photo(1))
    assert scan(inbox, 2) == []
    assert (tmp_path / "secret.jpg").exists()


def test_full_disk_is_said_and_leaves_the_folder_alone(
    folder: Path, queue: Queue, check: LocalCheck
) -> None:
    (folder / "selfie.jpg").write_bytes(photo(1))
    free = shutil.disk_usage(folder).free
    inbox = Inbox(folder.parent, queue, check, Defaults(), free * 2)
    with pytest.raises(EdgeError) as caught:
        scan(inbox)
    assert caught.value.code == "edge.disk_full"
    assert (folder / "selfie.jpg").exists()
    assert queue.counts().waiting == 0
