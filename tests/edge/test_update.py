"""Network and policy from the service: verified, self-tested, swapped, rolled back."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import onnx
import pytest

from edge.agent.queue import Queue
from edge.agent.service import Service
from edge.agent.update import look_for_update, note_failure, read_update
from edge.agent.versions import Pair, Versions, self_test
from tests.api.network import write_network
from tests.api.world import World, small_policy
from tests.edge.running import fill, serving, stranger
from vision import Checker
from vision.manifest import DEFAULT_MANIFEST

SHIPPED = Pair()


@dataclass
class Place:
    """An agent's folder and a service whose network can be exchanged."""

    data: Path
    networks: Path
    world: World
    queue: Queue
    versions: Versions

    def look(self, address: str) -> Checker | None:
        service = Service(address, self.world.keys["technician_a"], 60)
        try:
            return look_for_update(self.queue, service, self.versions)
        finally:
            service.close()

    def look_at(self, manifest: Path) -> Checker | None:
        with serving(self.data, manifest) as address:
            return self.look(address)

    def network(self, name: str, **changes: Any) -> Path:
        """A small network of its own: sound, but for what `changes` makes of its manifest."""
        folder = self.networks / name
        folder.mkdir()
        path = write_network(folder)
        document = json.loads(path.read_text(encoding="utf-8")) | {"version": name} | changes
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    def blind_network(self, name: str) -> Path:
        """A network that loads and runs, and sees nobody."""
        path = self.network(name)
        network = onnx.load(path.with_name("tiny.onnx"))
        for tensor in network.graph.initializer:
            if tensor.name == "always":
                values = onnx.numpy_helper.to_array(tensor).copy()
                values[:, :, 4] = 0
                tensor.CopyFrom(onnx.numpy_helper.from_array(values, "always"))
        data = network.SerializeToString()
        path.with_name("tiny.onnx").write_bytes(data)
        document = json.loads(path.read_text(encoding="utf-8"))
        document["sha256"] = hashlib.sha256(data).hexdigest()
        path.write_text(json.dumps(document), encoding="utf-8")
        return path


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "networks").mkdir()
    state = tmp_path / "state"
    queue = Queue(state)
    world = fill(tmp_path / "data")
    yield Place(tmp_path / "data", tmp_path / "networks", world, queue, Versions(state))
    queue.close()


def put_policy(address: str, world: World, version: str, **changes: Any) -> None:
    document = small_policy().model_dump(mode="json") | {"version": version} | changes
    answer = httpx.post(
        f"{address}/v1/policies",
        json={"document": document, "reason": "for the tests"},
        headers={"Authorization": f"Bearer {world.keys['admin']}"},
        timeout=300,
    )
    assert answer.status_code == 201, answer.text


def test_new_pair_comes_into_use_and_the_next_look_fetches_nothing(place: Place) -> None:
    with serving(place.data, place.network("first")) as address:
        checker = place.look(address)
        assert checker is not None
        assert checker.detector.manifest.version == "first"
        assert checker.policy.version == "small-1"
        assert place.look(address) is None
    again, given_up = place.versions.open_in_use()
    assert given_up is None
    assert again.detector.manifest.version == "first"
    state = read_update(place.queue)
    assert (state.failed, state.code) == (False, None)


def test_policy_alone_is_exchanged(place: Place) -> None:
    with serving(place.data, place.network("first")) as address:
        place.look(address)
        put_policy(address, place.world, "small-2")
        checker = place.look(address)
    assert checker is not None
    assert checker.policy.version == "small-2"
    assert checker.detector.manifest.version == "first"


def test_network_that_sees_nobody_is_refused_but_the_policy_is_taken(place: Place) -> None:
    place.look_at(place.network("first"))
    before = place.versions.read_in_use().now
    blind = place.blind_network("blind")
    with serving(place.data, blind) as address:
        put_policy(address, place.world, "small-2")
        checker = place.look(address)
        state = read_update(place.queue)
        assert place.look(address) is None  # not fetched again
    assert checker is not None
    assert (checker.detector.manifest.version, checker.policy.version) == ("first", "small-2")
    assert (state.failed, state.code) == (True, "edge.self_test_failed")
    assert "person" in (state.message or "")
    assert place.versions.read_in_use().now.network == before.network
    assert read_update(place.queue).failed  # until the service offers another
    fixed = place.look_at(place.network("fixed"))
    assert fixed is not None
    assert fixed.detector.manifest.version == "fixed"
    assert not read_update(place.queue).failed


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"input_side": 33}, "model.manifest_invalid"),
        ({"classes": [{"label": "moustache"}]}, "model.manifest_invalid"),
    ],
)
def test_manifest_this_version_does_not_understand(
    place: Place, changes: dict[str, Any], code: str
) -> None:
    manifest = json.loads(place.network("odd", **changes).read_bytes())
    _assert_refused(place, json.dumps(manifest).encode(), b"", code)


def test_network_with_another_hash_is_refused(place: Place) -> None:
    manifest = place.network("first")
    network = manifest.with_name("tiny.onnx").read_bytes() + b"x"
    _assert_refused(place, manifest.read_bytes(), network, "edge.update_damaged")


def _assert_refused(place: Place, manifest: bytes, network: bytes, code: str) -> None:
    kind = {"Content-Type": "application/json"}

    def say(request: Any) -> tuple[int, dict[str, str], bytes]:
        if request.path == "/v1/model":
            return 200, kind, manifest
        if request.path == "/v1/policies/in-force":
            return 200, kind, b'{"document": {}, "sha256": ""}'
        return 200, {}, network

    with stranger(say) as address:
        assert place.look(address) is None
    assert read_update(place.queue).code == code
    assert place.versions.read_in_use().now == SHIPPED
    assert not list((place.queue.folder / "versions").rglob("*.onnx"))


def test_policy_with_another_hash_is_refused(place: Place) -> None:
    manifest = place.network("first")
    kind = {"Content-Type": "application/json"}
    policy = {"document": small_policy().model_dump(mode="json"), "sha256": "0" * 64}

    def say(request: Any) -> tuple[int, dict[str, str], bytes]:
        if request.path == "/v1/model":
            return 200, kind, manifest.read_bytes()
        if request.path == "/v1/policies/in-force":
            return 200, kind, json.dumps(policy).encode()
        return 200, {}, manifest.with_name("tiny.onnx").read_bytes()

    with stranger(say) as address:
        assert place.look(address) is None
    assert read_update(place.queue).code == "edge.update_damaged"
    assert place.versions.read_in_use().now == SHIPPED


def test_captive_portal_changes_nothing(place: Place) -> None:
    with stranger(lambda _: (200, {"Content-Type": "text/html"}, b"<h1>Hello</h1>")) as address:
        assert place.look(address) is None
    assert read_update(place.queue).code == "edge.not_the_service"


def test_pair_that_broke_on_the_disk_is_rolled_back_and_fetched_again(place: Place) -> None:
    place.look_at(place.network("first"))
    second = place.network("second")
    place.look_at(second)
    in_use = place.versions.read_in_use()
    folder = place.queue.folder / "versions" / "networks" / str(in_use.now.network)
    (folder / "tiny.onnx").write_bytes(b"broken")
    checker, given_up = place.versions.open_in_use()
    assert checker.detector.manifest.version == "first"
    assert given_up is not None
    assert given_up.code == "model.hash_mismatch"
    note_failure(place.queue, given_up)
    fetched = place.look_at(second)
    assert fetched is not None
    assert fetched.detector.manifest.version == "second"
    assert not read_update(place.queue).failed


def test_nothing_sound_on_the_disk_leaves_the_shipped_pair(place: Place) -> None:
    place.look_at(place.network("first"))
    shutil.rmtree(place.queue.folder / "versions" / "networks")
    checker, given_up = place.versions.open_in_use()
    assert given_up is not None
    assert checker.detector.manifest.version == Checker.open().detector.manifest.version
    assert place.versions.read_in_use().now == SHIPPED


def test_the_services_own_shipped_network_is_not_downloaded(place: Place) -> None:
    asked = []
    kind = {"Content-Type": "application/json"}

    def say(request: Any) -> tuple[int, dict[str, str], bytes]:
        asked.append(request.path)
        if request.path == "/v1/model":
            return 200, kind, DEFAULT_MANIFEST.read_bytes()
        return 503, kind, b"{}"

    with stranger(say) as address:
        place.look(address)
    facts = json.loads(DEFAULT_MANIFEST.read_bytes())
    assert f"/v1/model/{facts['sha256']}" not in asked


def test_shipped_pair_passes_its_own_self_test() -> None:
    self_test(Checker.open())
