"""Fetching network and policy from the service: verified, self-tested, put in use at once or not.

A pair that fails stays away: the one in use goes on, the failure is written down, and the same
pair is not fetched again until the service offers another.
"""

import json
import logging
import time

from pydantic import BaseModel, ValidationError

from edge.agent.errors import EdgeError
from edge.agent.queue import Queue
from edge.agent.service import Service
from edge.agent.versions import Pair, Versions, digest_of
from vision import Checker, Manifest, ModelError, PpeError

log = logging.getLogger(__name__)
FACT = "update"


class UpdateState(BaseModel):
    """What came of the last look; kept in the queue.

    Attributes:
        looked_at: seconds since 1970.
        offered: what the service had: its network's manifest and policy, by sha256.
        network_etag, policy_etag: of the service's documents.
        failed: whether the pair offered was refused here.
        code: why, or why the service could not be asked; None if all is well.
        message: the same in words.
    """

    looked_at: float | None = None
    offered: Pair | None = None
    network_etag: str = ""
    policy_etag: str = ""
    failed: bool = False
    code: str | None = None
    message: str | None = None


def read_update(queue: Queue) -> UpdateState:
    """What came of the last look."""
    text = queue.noted(FACT)
    try:
        return UpdateState.model_validate_json(text) if text else UpdateState()
    except ValidationError:  # of an older version
        return UpdateState()


def note_failure(queue: Queue, error: PpeError) -> None:
    """Write down that a pair was given up at the start; the next look fetches it anew."""
    failed = UpdateState(failed=True, code=error.code, message=error.message)
    queue.note(FACT, failed.model_dump_json())


def look_for_update(queue: Queue, service: Service, versions: Versions) -> Checker | None:
    """Ask the service for its network and policy; put them in use if they are new and sound.

    Returns:
        The new checker; None if the present one stays.

    Raises:
        EdgeError: `edge.disk_full`, `edge.state_unusable`, the outcome cannot be written down.
    """
    state = read_update(queue)
    now = time.time()
    checker: Checker | None = None
    try:
        checker, state = _look(state, service, versions)
        state = state.model_copy(update={"looked_at": now})
    except PpeError as error:
        log.warning("no update: %s  %s", error.code, error.message)
        told = {"looked_at": now, "code": error.code, "message": error.message}
        state = state.model_copy(update=told)
    queue.note(FACT, state.model_dump_json())
    return checker


def _look(
    state: UpdateState, service: Service, versions: Versions
) -> tuple[Checker | None, UpdateState]:
    network = service.get("/v1/model", state.network_etag or None)
    policy = service.get("/v1/policies/in-force", state.policy_etag or None)
    if network is None and policy is None:  # nothing new, neither good nor bad
        quiet = {} if state.failed else {"code": None, "message": None}
        return None, state.model_copy(update=quiet)
    # Of a pair both are needed: of the one that has not changed, what was offered last.
    offered = state.offered or Pair()
    network_name, policy_name = offered.network, offered.policy
    network_etag, policy_etag = state.network_etag, state.policy_etag
    if network is not None:
        network_name, network_etag = _keep_network(network[0], service, versions), network[1]
    if policy is not None:
        policy_name, policy_etag = _keep_policy(policy[0], versions), policy[1]
    offered = Pair(network=network_name, policy=policy_name)
    told = UpdateState(offered=offered, network_etag=network_etag, policy_etag=policy_etag)
    return _first_sound(offered, told, versions)


def _first_sound(
    offered: Pair, told: UpdateState, versions: Versions
) -> tuple[Checker | None, UpdateState]:
    """The pair offered, else its better half: a bad network does not keep a new policy away."""
    present = versions.read_in_use().now
    halves = (
        Pair(network=present.network, policy=offered.policy),
        Pair(network=offered.network, policy=present.policy),
    )
    for pair in (offered, *halves):
        if pair == present:
            return None, told
        try:
            checker = versions.open(pair)
        except PpeError as error:
            log.error("update refused: %s  %s", error.code, error.message)
            if not told.failed:
                failed = {"failed": True, "code": error.code, "message": error.message}
                told = told.model_copy(update=failed)
            continue
        versions.put_in_use(pair, offered)
        names = checker.detector.manifest.version, checker.policy.version
        log.info("now in use: network %s, policy %s", *names)
        return checker, told
    return None, told


def _keep_network(document: bytes, service: Service, versions: Versions) -> str:
    try:
        facts = Manifest.model_validate_json(document)
    except ValidationError as error:
        raise ModelError(
            "model.manifest_invalid", f"of the service: {error}; update this program"
        ) from error
    network = versions.network_file(facts.sha256) or service.network(facts.sha256)
    return versions.keep_network(document, facts, network)


def _keep_policy(document: bytes, versions: Versions) -> str:
    try:
        answer = json.loads(document)
        policy, sha256 = answer["document"], answer["sha256"]
        found = digest_of(policy)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EdgeError("edge.update_damaged", "the service's policy cannot be read") from error
    if found != sha256:
        raise EdgeError("edge.update_damaged", f"the policy has sha256 {found}, not {sha256}")
    return versions.keep_policy(policy)
