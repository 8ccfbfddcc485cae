"""One photo's way through the service: claim the key, check, store, question, write down."""

import json
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from api.access import Actor, visible_accounts, visible_orders
from api.claims import Holder, digest_of
from api.comparing import compare_later, picture_before
from api.copies import Appearance, Copy, find_copies, remember
from api.custody import take_in
from api.errors import ApiError, not_found
from api.fingerprint import bands, to_signed
from api.fraud import (
    Looks,
    Question,
    cut_out_of,
    sent_before,
    taken_at_another_time,
    taken_elsewhere,
)
from api.policies import policy_in_force
from api.schemas import CaptureRecord
from api.services import Services
from api.settings import Settings
from api.tables import (
    Account,
    Check,
    CheckFinding,
    Flag,
    HashBand,
    PolicyVersion,
    ReviewState,
    Role,
    WorkOrder,
    new_id,
    now,
)
from vision import Photo, PhotoError, Report, Shot, Verdict


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


def submit(services: Services, actor: Actor, submission: Submission) -> tuple[str, bool]:
    """Check and keep a photo; a row and its photo appear together or not at all.

    Returns:
        The check's identifier, and whether it is a repeated request's earlier answer.

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
        return earlier, True
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
) -> str:
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
    looks = _look(services, photo)
    services.metrics.stage("resemble", time.perf_counter() - start)
    start = time.perf_counter()
    address = services.store.put(submission.data)
    stored = time.perf_counter()
    services.metrics.stage("store", stored - start)
    with services.database.write() as session:
        take_in(session, services.store, address, submission.data)
        questions = _questions(session, submission, case, report, looks, services.settings)
        check = _row(actor, submission, case, report, looks, services.settings)
        if questions:
            check.review = ReviewState.OPEN
        session.add(check)
        session.flush()
        _add_parts(session, check, report, looks, questions)
        if holder is not None:
            holder.answer(session, check.id)
    services.metrics.stage("record", time.perf_counter() - stored)
    services.metrics.checked(report)
    for question in questions:
        services.metrics.flags.labels(question.kind).inc()
    if submission.shot is Shot.SITE_BEFORE:
        compare_later(services, photo, case.order.id)
    return check.id


@dataclass(frozen=True)
class _Looks:
    """By what a photo is recognised, and the earlier ones that it was cut out of.

    Those are looked for before the database is locked: two that come at the same moment may miss
    each other.
    """

    whole: Looks
    parts: Appearance
    copies: list[Copy]


def _look(services: Services, photo: Photo) -> _Looks:
    parts = Appearance.of(photo.pixels)
    with services.database.read() as session:
        copies = find_copies(session, services.store, parts)
    return _Looks(Looks.of(photo.pixels), parts, copies)


def _row(
    actor: Actor,
    submission: Submission,
    case: Case,
    report: Report,
    looks: _Looks,
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
        photo_hash=None if looks.whole.plain is None else to_signed(looks.whole.plain),
        faces=[report.full_corners(face) for face in report.faces],
        verdict=report.verdict,
        final_verdict=report.verdict,
        review=_review_state(report, settings),
        model_version=report.model["version"],
        report=report.to_json(),
        capture=submission.capture.model_dump(mode="json") if submission.capture else None,
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
    looks: _Looks,
    settings: Settings,
) -> list[Question]:
    capture, exif = submission.capture, report.capture
    latitude, longitude = exif.latitude, exif.longitude
    if capture is not None and capture.latitude is not None:
        latitude, longitude = capture.latitude, capture.longitude
    near = settings.near_distance
    shot, order_id = submission.shot, case.order.id
    found = (
        sent_before(session, report.sha256, looks.whole, shot, order_id, near)
        or cut_out_of(looks.copies, shot, order_id),
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


def _add_parts(
    session: Session, check: Check, report: Report, looks: _Looks, questions: list[Question]
) -> None:
    for position, finding in enumerate(report.findings):
        session.add(
            CheckFinding(
                check_id=check.id,
                position=position,
                rule=finding.rule,
                verdict=finding.verdict,
                final_verdict=finding.verdict,
                advisory=finding.advisory,
            )
        )
    if looks.whole.plain is not None:
        for band, value in bands(looks.whole.plain):
            session.add(HashBand(check_id=check.id, band=band, value=value))
    remember(session, check.id, looks.parts.plain)
    for number, question in enumerate(questions):
        session.add(
            Flag(
                check_id=check.id,
                created_at=check.created_at + timedelta(microseconds=number),
                kind=question.kind,
                earlier_id=question.earlier_id,
                facts=question.facts,
            )
        )


CHECK_PARTS = (
    selectinload(Check.findings),
    selectinload(Check.flags),
    selectinload(Check.technician),
    selectinload(Check.order),
)
"""What is loaded along with a check that is shown."""
