"""One photo's way through the service: claim the key, check, store, question, write down."""

import json
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, selectinload

from api.access import Actor, visible_accounts, visible_orders
from api.claims import Holder, digest_of
from api.comparing import compare_later, picture_before
from api.custody import take_in
from api.errors import ApiError, not_found
from api.fingerprint import bands, to_signed
from api.flags import raise_flags
from api.fraud import Looks, Question, sent_before, taken_at_another_time, taken_elsewhere
from api.policies import policy_in_force
from api.schemas import CaptureRecord
from api.services import Services
from api.settings import Settings
from api.sketch import shrunk
from api.tables import (
    Account,
    Check,
    CheckFinding,
    HashBand,
    PolicyVersion,
    ReviewState,
    Role,
    WorkOrder,
    new_id,
    now,
)
from vision import PhotoError, Report, Shot, Verdict


@dataclass(frozen=True)
class Submission:
    """What a client sent."""

    data: bytes
    shot: Shot
    order: str
    technician: str | None
    capture: CaptureRecord | None
    key: str | None

    def digest(self) -> str:
        """Of everything that makes two requests the same."""
        capture = self.capture.model_dump_json() if self.capture else ""
        fields = json.dumps([self.shot, self.order, self.technician, capture])
        return digest_of(self.data, fields.encode())


@dataclass(frozen=True)
class Case:
    """Whom and what a submission is about."""

    order: WorkOrder
    technician: Account
    policy: PolicyVersion


def submit(services: Services, actor: Actor, submission: Submission) -> tuple[Check, bool]:
    """Check and keep a photo; a row and its photo appear together or not at all.

    Returns:
        The check with its parts, and whether it is a repeated request's earlier answer.

    Raises:
        PhotoError: the photo cannot be used.
        ApiError: `request.not_found`, `check.*`, `idempotency.*`.
    """
    with services.database.read() as session:
        case = _find_case(session, actor, submission)
    if submission.key is None:
        return _check(services, actor, submission, case, None), False
    lease = services.settings.claim_lease_s
    holder = Holder(actor.id, submission.key, submission.digest(), lease)
    earlier = holder.take(services.database)
    if earlier is not None:
        with services.database.read() as session:
            found = select(Check).where(Check.id == earlier).options(*CHECK_PARTS)
            return session.scalars(found).one(), True
    try:
        return _check(services, actor, submission, case, holder), False
    except BaseException:
        holder.release(services.database)
        raise


def find_visit(
    session: Session, actor: Actor, number: str, login: str | None
) -> tuple[WorkOrder, Account]:
    """The work order, and whose visit it is: the one named, else oneself, else the order's.

    Raises:
        ApiError: `request.not_found`, `check.no_technician`.
    """
    order = session.scalar(
        visible_orders(select(WorkOrder).where(WorkOrder.number == number), actor)
    )
    if order is None:
        raise not_found("work order")
    if login is not None:
        person = Account.login == login
    elif actor.role is Role.TECHNICIAN:
        person = Account.id == actor.id
    elif order.technician_id is not None:
        person = Account.id == order.technician_id
    else:
        raise ApiError(
            "check.no_technician", "the work order has no technician yet: name the technician"
        )
    technician = session.scalar(visible_accounts(select(Account).where(person), actor))
    if technician is None:
        raise not_found("technician")
    if technician.role != Role.TECHNICIAN or technician.team_id != order.team_id:
        raise ApiError(
            "check.no_technician", "the technician named does not belong to the work order's team"
        )
    return order, technician


def _find_case(session: Session, actor: Actor, submission: Submission) -> Case:
    order, technician = find_visit(session, actor, submission.order, submission.technician)
    policy = policy_in_force(session)
    if submission.shot not in policy.document["shots"]:
        asked = ", ".join(policy.document["shots"])
        raise ApiError(
            "check.shot_not_asked", f"the policy in force has no such shot, only {asked}"
        )
    return Case(order, technician, policy)


def _check(
    services: Services, actor: Actor, submission: Submission, case: Case, holder: Holder | None
) -> Check:
    checker = services.checker(case.policy)
    before = None
    if submission.shot is Shot.SITE_AFTER:
        before = picture_before(services, checker, case.order.id)
    try:
        photo, report = checker.examine(
            submission.data, submission.shot, before, case.technician.login
        )
    except PhotoError as error:
        services.metrics.refused.labels(error.code).inc()
        raise
    start = time.perf_counter()
    looks, grey = Looks.of(photo.pixels), shrunk(photo.pixels)
    services.metrics.stage("resemble", time.perf_counter() - start)
    start = time.perf_counter()
    address = services.store.put(submission.data)
    stored = time.perf_counter()
    services.metrics.stage("store", stored - start)
    check = _row(actor, submission, case, report, looks, services.settings)
    with services.database.write() as session:
        take_in(session, services.store, address, submission.data)
        questions = _questions(session, submission, case, report, looks, services.settings)
        raise_flags(check, questions)
        session.add(check)
        session.flush()
        _index(session, check, looks)
        if holder is not None:
            holder.answer(session, check.id)
    services.metrics.stage("record", time.perf_counter() - stored)
    services.metrics.checked(report)
    for question in questions:
        services.metrics.flags.labels(question.kind).inc()
    services.searcher.add(check.id, grey)
    if submission.shot is Shot.SITE_BEFORE:
        compare_later(services, photo, case.order.id)
    return check


def _row(
    actor: Actor,
    submission: Submission,
    case: Case,
    report: Report,
    looks: Looks,
    settings: Settings,
) -> Check:
    created_at = now()
    return Check(
        id=new_id(),
        created_at=created_at,
        technician_id=case.technician.id,
        submitted_by=actor.id,
        team_id=case.order.team_id,
        order_id=case.order.id,
        policy_id=case.policy.id,
        shot=report.shot,
        day=created_at.astimezone(settings.zone).date(),
        photo_sha256=report.sha256,
        photo_hash=None if looks.plain is None else to_signed(looks.plain),
        faces=[report.full_corners(face) for face in report.faces],
        verdict=report.verdict,
        final_verdict=report.verdict,
        review=_review_state(report, settings),
        model_version=report.model["version"],
        report=report.to_json(),
        capture=submission.capture.model_dump(mode="json") if submission.capture else None,
        search_pending=True,
        flags=[],
        technician=case.technician,
        order=case.order,
        findings=[
            CheckFinding(
                position=position,
                rule=finding.rule,
                verdict=finding.verdict,
                final_verdict=finding.verdict,
                advisory=finding.advisory,
            )
            for position, finding in enumerate(report.findings)
        ],
    )


def _review_state(report: Report, settings: Settings) -> ReviewState:
    """FAIL and UNSURE are looked at, and a sample of the rest that nobody can foresee."""
    if report.verdict in (Verdict.FAIL, Verdict.UNSURE):
        return ReviewState.OPEN
    drawn = secrets.randbelow(1_000_000) < settings.sample_pass * 1_000_000
    return ReviewState.OPEN if drawn else ReviewState.NONE


def _questions(
    session: Session,
    submission: Submission,
    case: Case,
    report: Report,
    looks: Looks,
    settings: Settings,
) -> list[Question]:
    capture, exif = submission.capture, report.capture
    latitude, longitude = exif.latitude, exif.longitude
    if capture is not None and capture.latitude is not None:
        latitude, longitude = capture.latitude, capture.longitude
    near = settings.near_distance
    shot, order_id = submission.shot, case.order.id
    found = (
        sent_before(session, report.sha256, looks, shot, order_id, near),
        taken_elsewhere(case.order, latitude, longitude, settings),
        taken_at_another_time(case.order, _taken_at(submission, report, settings), settings),
    )
    return [question for question in found if question is not None]


def _taken_at(submission: Submission, report: Report, settings: Settings) -> datetime | None:
    """The capture record's time, else that of EXIF, which has no zone: the service's is assumed."""
    if submission.capture is not None and submission.capture.taken_at is not None:
        return submission.capture.taken_at.astimezone(UTC)
    if report.capture.taken_at is None:
        return None
    return datetime.fromisoformat(report.capture.taken_at).replace(tzinfo=settings.zone)


def _index(session: Session, check: Check, looks: Looks) -> None:
    """Under what the photo is found when a similar one comes."""
    if looks.plain is not None:
        rows = [{"check_id": check.id, "band": n, "value": v} for n, v in bands(looks.plain)]
        session.execute(insert(HashBand), rows)


CHECK_PARTS = (
    selectinload(Check.findings),
    selectinload(Check.flags),
    selectinload(Check.technician),
    selectinload(Check.order),
)
"""What is loaded along with a check that is shown."""
