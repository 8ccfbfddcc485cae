"""A check as the pages show it: findings in words, boxes, questions, what people said before."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access import Actor, visible_checks
from api.checking import CHECK_PARTS
from api.review.texts import Lookup
from api.tables import Account, Appeal, Check, Decision, Flag, FlagKind, Review, ReviewState
from vision import LABELS, Finding, Reason, Shot, Verdict
from vision.policy import RuleId
from vision.texts import explain, rule_name

LAST_PHOTOS = 8
BEFORE_AND_AFTER = (Shot.SITE_BEFORE, Shot.SITE_AFTER)
SEVERITY = (Verdict.NOT_ASKED, Verdict.PASS, Verdict.UNSURE, Verdict.FAIL)


@dataclass(frozen=True)
class BoxShown:
    """A rectangle in pixels of the upright photo as taken."""

    label: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class FindingShown:
    """One rule's answer in words."""

    number: int
    rule: str
    name: str
    verdict: Verdict
    model_verdict: Verdict
    text: str
    value: str | None
    threshold: str | None
    clause: str
    advisory: bool
    boxes: list[BoxShown]

    @property
    def is_overruled(self) -> bool:
        """A person gave another verdict."""
        return self.verdict is not self.model_verdict


def findings_of(check: Check, language: str) -> list[FindingShown]:
    """All findings, what needs a look first; their numbers are the keys that change them."""
    final = {finding.rule: finding.final_verdict for finding in check.findings}
    pressing = sorted(
        check.report["findings"],
        key=lambda finding: (finding["advisory"], -SEVERITY.index(Verdict(finding["verdict"]))),
    )
    return [
        FindingShown(
            number=number,
            rule=finding["rule"],
            name=rule_name(finding["rule"], language),
            verdict=Verdict(final[finding["rule"]]),
            model_verdict=Verdict(finding["verdict"]),
            text=_explain(finding, language),
            value=_figure(finding["value"]),
            threshold=_figure(finding["threshold"]),
            clause=finding["clause"],
            advisory=finding["advisory"],
            boxes=[box_of(box) for box in finding["boxes"]],
        )
        for number, finding in enumerate(pressing, 1)
    ]


def _explain(finding: dict[str, Any], language: str) -> str:
    known = Finding(
        RuleId(finding["rule"]),
        Verdict(finding["verdict"]),
        Reason(finding["reason"]),
        detail=finding["detail"],
    )
    return explain(known, language)


def _figure(value: float | None) -> str | None:
    return None if value is None else f"{value:.3g}"


def box_of(box: dict[str, Any]) -> BoxShown:
    """From label and corners."""
    x1, y1, x2, y2 = box["xyxy"]
    return BoxShown(box["label"], x1, y1, round(x2 - x1, 1), round(y2 - y1, 1))


@dataclass(frozen=True)
class Tag:
    """What stands beside a box: the numbers of the findings that rest on it, and what it is."""

    box: BoxShown
    numbers: str
    inside: bool


def tags_of(findings: list[FindingShown], height: int) -> list[Tag]:
    """One for each box, however many findings share it."""
    numbers: dict[BoxShown, list[int]] = {}
    for finding in findings:
        for box in finding.boxes:
            of_box = numbers.setdefault(box, [])
            if finding.number not in of_box:
                of_box.append(finding.number)
    return [
        Tag(box, " ".join(str(number) for number in found), inside=box.y < height * 0.05)
        for box, found in numbers.items()
    ]


def worst_last(findings: list[FindingShown]) -> list[FindingShown]:
    """For drawing: nothing covers the worst."""
    return sorted(findings, key=lambda finding: SEVERITY.index(finding.verdict))


def reported_boxes(check: Check) -> list[dict[str, Any]]:
    """Every box of something that can be drawn, once: label and corners."""
    found = {
        (box["label"], *box["xyxy"]): {"label": box["label"], "xyxy": box["xyxy"]}
        for finding in check.report["findings"]
        for box in finding["boxes"]
        if box["label"] in LABELS
    }
    return list(found.values())


def question(flag: Flag, t: Lookup) -> str:
    """A flag in words."""
    facts: dict[str, Any] = dict(flag.facts)
    key = str(flag.kind)
    if flag.kind == FlagKind.NEAR_DUPLICATE and facts.get("mirrored"):
        key = "mirrored"
    elif flag.kind == FlagKind.CROPPED_COPY and facts.get("mirrored"):
        key = "cropped_mirrored"
    elif flag.kind == FlagKind.RECAPTURED and len(facts["cues"]) == 1:
        key = f"recaptured_{facts['cues'][0]}"
    elif flag.kind == FlagKind.OTHER_TIME:
        key = "too_early" if facts["before_start"] else "too_late"
        facts["hours"] = f"{facts['seconds'] / 3600:.1f}"
    return t(f"flag.long.{key}", **facts)


@dataclass(frozen=True)
class Event:
    """One decision or appeal, with who made it."""

    at: Any
    who: str
    kind: str
    text: str
    changes: list[tuple[str, Verdict]]
    boxes: int | None


def history(session: Session, check: Check, language: str) -> list[Event]:
    """What people decided and asked, the latest first."""
    reviews = session.execute(
        select(Review, Account.name)
        .join(Account, Account.id == Review.reviewer_id)
        .where(Review.check_id == check.id)
    )
    events = [
        Event(
            at=review.created_at,
            who=name,
            kind=str(review.decision),
            text=review.comment,
            changes=[
                (rule_name(rule, language), Verdict(verdict))
                for rule, verdict in review.changes.items()
            ],
            boxes=None if review.boxes is None else len(review.boxes),
        )
        for review, name in reviews
    ]
    appeals = session.execute(
        select(Appeal, Account.name)
        .join(Account, Account.id == Appeal.technician_id)
        .where(Appeal.check_id == check.id)
    )
    events += [Event(a.created_at, name, "appeal", a.text, [], None) for a, name in appeals]
    return sorted(events, key=lambda event: event.at, reverse=True)


def standing_review(session: Session, check: Check) -> Review | None:
    """The last decision that gave an answer; after an undo the one that was taken back."""
    last = select(Review).where(Review.check_id == check.id, Review.decision != Decision.REOPEN)
    found: Review | None = session.scalar(last.order_by(Review.version.desc()).limit(1))
    return found


def waiting_appeals(session: Session, checks: list[Check]) -> set[str]:
    """Those of the checks with an appeal that waits for an answer."""
    ids = [check.id for check in checks]
    waiting = select(Appeal.check_id).where(Appeal.check_id.in_(ids), Appeal.answered_by.is_(None))
    return set(session.scalars(waiting))


def others_of_technician(session: Session, actor: Actor, check: Check) -> list[Check]:
    """The technician's last photos, without this one."""
    statement = (
        select(Check)
        .where(Check.technician_id == check.technician_id, Check.id != check.id)
        .options(*CHECK_PARTS)
        .order_by(Check.created_at.desc(), Check.id.desc())
        .limit(LAST_PHOTOS)
    )
    return list(session.scalars(visible_checks(statement, actor)))


@dataclass(frozen=True)
class Pair:
    """Two photos side by side; `kind` says why. `other` is None if it may not be seen."""

    kind: str
    words: str
    left: Check | None
    right: Check | None


def pairs_of(session: Session, actor: Actor, check: Check, t: Lookup) -> list[Pair]:
    """What the photo is compared with: before or after, and the earlier photos it resembles."""
    pairs = []
    if check.shot in BEFORE_AND_AFTER:
        other = next(shot for shot in BEFORE_AND_AFTER if shot != check.shot)
        partner = _newest_of_order(session, actor, check, other)
        if partner is not None:
            left, right = (check, partner) if other is Shot.SITE_AFTER else (partner, check)
            pairs.append(Pair("before_after", t("photo.before_after"), left, right))
    for flag in check.flags:
        if flag.earlier_id is not None:
            earlier = _find(session, actor, flag.earlier_id)
            pairs.append(Pair("resembles", question(flag, t), earlier, check))
    return pairs


def _find(session: Session, actor: Actor, check_id: str) -> Check | None:
    statement = select(Check).where(Check.id == check_id).options(*CHECK_PARTS)
    found: Check | None = session.scalar(visible_checks(statement, actor))
    return found


def _newest_of_order(session: Session, actor: Actor, check: Check, shot: Shot) -> Check | None:
    statement = (
        select(Check)
        .where(Check.order_id == check.order_id, Check.shot == shot)
        .options(*CHECK_PARTS)
        .order_by(Check.created_at.desc())
        .limit(1)
    )
    found: Check | None = session.scalar(visible_checks(statement, actor))
    return found


def is_open(check: Check) -> bool:
    """A person has still to decide."""
    return check.review == ReviewState.OPEN
