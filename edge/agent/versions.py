"""Network and policy on this machine: the shipped pair, and those fetched since.

    STATE/versions/networks/<sha256 of the manifest>/   manifest.json and the network file
    STATE/versions/policies/<sha256>.json
    STATE/versions/in_use.json                          names the pair in use and the one before

A pair comes into use by replacing `in_use.json`, after it passed the self-test. A pair that no
longer passes at a start is given up for the one before, in the end for the shipped one.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.agent.errors import EdgeError
from edge.agent.folder import disk_error, write_whole
from vision import (
    Checker,
    Detector,
    Label,
    Manifest,
    PpeError,
    SessionSettings,
    Shot,
    decode_photo,
    read_manifest,
    read_policy,
)
from vision.manifest import DEFAULT_MANIFEST

PICTURE = Path(__file__).with_name("self_test.jpg")
SHOWN = (Label.PERSON, Label.HELMET)
"""What everybody sees on the self-test's picture."""


class Pair(BaseModel):
    """A network and a policy by their sha256; None is the shipped one."""

    model_config = ConfigDict(frozen=True)

    network: str | None = None
    policy: str | None = None


class InUse(BaseModel):
    """The pair in use and the one that was in use before."""

    now: Pair = Pair()
    before: Pair = Pair()


def digest_of(document: dict[str, Any]) -> str:
    """Sha256 of a policy document, as the service computes it: its JSON with sorted keys."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Versions:
    """The pairs of a state folder."""

    def __init__(self, state: Path, settings: SessionSettings | None = None) -> None:
        self._folder = state / "versions"
        self._settings = settings

    def read_in_use(self) -> InUse:
        """The pair in use; the shipped one if nothing else was ever fetched."""
        try:
            return InUse.model_validate_json((self._folder / "in_use.json").read_bytes())
        except (FileNotFoundError, ValidationError):
            return InUse()

    def network_file(self, sha256: str) -> bytes | None:
        """A network that is on this machine already, whichever manifest it came with."""
        folders = [DEFAULT_MANIFEST.parent, *(self._folder / "networks").glob("*")]
        for folder in folders:
            try:
                manifest = read_manifest(folder / "manifest.json")
                if manifest.sha256 == sha256:
                    data = (folder / manifest.file).read_bytes()
                    if hashlib.sha256(data).hexdigest() == sha256:
                        return data
            except (PpeError, OSError):
                continue
        return None

    def keep_network(self, manifest: bytes, facts: Manifest, network: bytes) -> str:
        """Write a network beside those in use; its name.

        Raises:
            EdgeError: `edge.disk_full`, `edge.state_unusable`.
        """
        name = hashlib.sha256(manifest).hexdigest()
        folder = self._folder / "networks" / name
        try:
            write_whole(folder / facts.file, network)
            write_whole(folder / "manifest.json", manifest)
        except OSError as error:
            raise disk_error(error, folder) from error
        return name

    def keep_policy(self, document: dict[str, Any]) -> str:
        """Write a policy beside the one in use; its name.

        Raises:
            EdgeError: `edge.disk_full`, `edge.state_unusable`.
        """
        name = digest_of(document)
        path = self._folder / "policies" / f"{name}.json"
        try:
            write_whole(path, json.dumps(document, ensure_ascii=False).encode())
        except OSError as error:
            raise disk_error(error, path) from error
        return name

    def open(self, pair: Pair) -> Checker:
        """Load a pair and put it to the self-test.

        Raises:
            ModelError: `model.*`.
            PolicyError: `policy.*`.
            EdgeError: `edge.self_test_failed`.
        """
        network, policy = DEFAULT_MANIFEST, None
        if pair.network is not None:
            network = self._folder / "networks" / pair.network / "manifest.json"
        if pair.policy is not None:  # JSON is YAML
            policy = read_policy(self._folder / "policies" / f"{pair.policy}.json")
        checker = Checker(Detector.open(network, self._settings), policy or read_policy())
        self_test(checker)
        return checker

    def open_in_use(self) -> tuple[Checker, PpeError | None]:
        """The pair in use, else the one before, else the shipped one.

        Returns:
            The checker, and why the pair in use was given up, if it was.

        Raises:
            PpeError: not even the shipped pair works.
        """
        in_use = self.read_in_use()
        wrong: PpeError | None = None
        for pair in (in_use.now, in_use.before, Pair()):
            try:
                checker = self.open(pair)
            except PpeError as error:
                wrong = wrong or error
                if pair == Pair():
                    raise
                continue
            if pair != in_use.now:
                self._point_at(InUse(now=pair, before=Pair()))
            return checker, wrong
        raise AssertionError("the shipped pair is the last of the three")

    def put_in_use(self, pair: Pair, offered: Pair) -> None:
        """Put a pair in use that passed the self-test; what nobody speaks of any more goes.

        Args:
            pair: of files that are here.
            offered: what the service offers; stays too, even where it is not in use.

        Raises:
            EdgeError: `edge.disk_full`, `edge.state_unusable`.
        """
        in_use = InUse(now=pair, before=self.read_in_use().now)
        self._point_at(in_use)
        kept = {in_use.now.network, in_use.before.network, offered.network}
        for folder in (self._folder / "networks").glob("*"):
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)
        kept = {in_use.now.policy, in_use.before.policy, offered.policy}
        for path in (self._folder / "policies").glob("*.json"):
            if path.stem not in kept:
                path.unlink(missing_ok=True)

    def _point_at(self, in_use: InUse) -> None:
        path = self._folder / "in_use.json"
        try:
            write_whole(path, in_use.model_dump_json(indent=1).encode())
        except OSError as error:
            raise disk_error(error, path) from error


def self_test(checker: Checker) -> None:
    """Check the shipped picture: the network runs and sees who is on it, the policy can judge it.

    Raises:
        EdgeError: `edge.self_test_failed`.
    """
    data = PICTURE.read_bytes()
    manifest = checker.detector.manifest
    try:
        photo = decode_photo(data, manifest.input_side)
        seen = checker.detector.detect(photo.pixels)
        for shot in checker.policy.shots:
            checker.check(data, Shot(shot))
    except PpeError as error:
        raise EdgeError("edge.self_test_failed", f"{error.code}: {error.message}") from error
    for label in SHOWN:
        facts = manifest.facts(label)
        if facts is None or not facts.supported:
            raise EdgeError("edge.self_test_failed", f"the network does not know a {label}")
        scores = [s for s, found in zip(seen.score, seen.label, strict=True) if found == label]
        best = max(scores, default=0.0)
        if best < facts.present:
            raise EdgeError(
                "edge.self_test_failed",
                f"the network does not see the {label} on the self-test's picture: "
                f"{best:.2f}, {facts.present:.2f} are needed",
            )
