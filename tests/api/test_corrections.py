"""Corrections out: what reviewers decided comes back as training data, without anybody's name."""

import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import ValidationError

from api.retention import sweep
from tests.api.conftest import Api, Start, assert_problem
from tests.api.network import photo
from tests.api.test_reviews import review
from vision import Label, Shot, Verdict
from vision.corrections import Correction, newest, read_lines, to_line

PATH = "/v1/corrections"
HELMET = {"label": "helmet", "xyxy": [100.0, 20.0, 180.0, 60.0]}


def take(api: Api, who: str = "supervisor_a", **params: Any) -> list[Correction]:
    """The lines of an export."""
    answer = api.call(who, "GET", PATH, params={"form": "jsonl"} | params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/jsonl"
    return list(read_lines(answer.text.splitlines()))


def test_archive_has_lines_and_pictures_that_fit(api: Api) -> None:
    check = api.check(data=photo(1, helmet=False))
    person = check["report"]["findings"][0]["boxes"][0]
    kept = {"label": person["label"], "xyxy": person["xyxy"]}
    review(api, check, changes={"helmet.worn": "PASS"}, boxes=[kept, HELMET])
    answer = api.call("supervisor_a", "GET", PATH)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        (line,) = read_lines(archive.read("corrections.jsonl").decode().splitlines())
        assert line.file is not None
        assert sorted(archive.namelist()) == ["corrections.jsonl", line.file]
        with Image.open(io.BytesIO(archive.read(line.file))) as picture:
            assert picture.size == (line.width, line.height) == (320, 240)
            assert not picture.getexif()
    assert (line.check_id, line.sha256) == (check["id"], check["report"]["sha256"])
    assert (line.verdict, line.final_verdict) == (Verdict.FAIL, Verdict.PASS)
    assert (line.decision, line.decided_by) == ("accept", "supervisor")
    assert [(r.rule, r.model, r.final) for r in line.rules] == [
        ("helmet.worn", "FAIL", "PASS"),
        ("uniform.reflective", "UNSURE", "UNSURE"),
    ]
    assert line.model == check["report"]["model"]
    assert line.policy == check["report"]["policy"]
    assert line.boxes is not None
    assert [(b.label, list(b.xyxy), b.score) for b in line.boxes] == [
        (person["label"], person["xyxy"], person["score"]),
        (Label.HELMET, HELMET["xyxy"], None),
    ]
    assert line.looked_at >= {Label.HELMET, Label(person["label"])}


def test_boxes_fit_a_picture_that_was_made_smaller(api: Api) -> None:
    out = io.BytesIO()
    Image.new("RGB", (3840, 2880), (180, 90, 60)).save(out, "JPEG")
    check = api.check(data=out.getvalue())
    corners = [384.0, 288.0, 3840.0, 2880.0]
    drawn = {"label": "badge", "xyxy": corners}
    assert review(api, check, boxes=[drawn]).status_code == 201
    with_pictures = api.call("supervisor_a", "GET", PATH).content
    with zipfile.ZipFile(io.BytesIO(with_pictures)) as archive:
        (small,) = read_lines(archive.read("corrections.jsonl").decode().splitlines())
    (full,) = take(api)
    for line, factor in ((full, 1.0), (small, 2 / 3)):
        assert (line.width, line.height) == (round(3840 * factor), round(2880 * factor))
        assert line.boxes is not None
        assert line.boxes[0].xyxy == pytest.approx([v * factor for v in corners])


def test_rejecting_says_nothing_about_rules_and_taking_back_nothing_at_all(api: Api) -> None:
    rejected, reopened = (api.check(data=photo(n, helmet=False)) for n in (1, 2))
    api.check(data=photo(3, helmet=False))  # nobody has looked at it
    review(api, rejected, decision="reject", comment="A photo of a screen.")
    decided = review(api, reopened).json()
    assert len(take(api)) == 2
    review(api, decided, decision="reopen")
    (line,) = take(api)
    assert (line.check_id, line.decision) == (rejected["id"], "reject")
    assert {rule.final for rule in line.rules} == {None}
    assert line.boxes is None
    assert not line.looked_at


def test_filters_choose(api: Api) -> None:
    checks = [api.check(data=photo(n, helmet=n != 2)) for n in (1, 2, 3)]
    review(api, checks[0])
    review(api, checks[1], changes={"helmet.worn": "PASS"})
    review(api, checks[2], boxes=[])
    lines = take(api)
    assert [line.check_id for line in lines] == [check["id"] for check in checks]
    assert len({line.group for line in lines}) == 1
    for params, wanted in (
        ({"overruled": True}, [1, 2]),
        ({"limit": 2}, [0, 1]),
        ({"decided_after": lines[1].decided_at.isoformat()}, [2]),
        ({"verdict": "PASS", "rule": "helmet.worn", "rule_verdict": "FAIL"}, []),
        ({"from_day": "2099-01-01"}, []),
    ):
        assert [x.check_id for x in take(api, **params)] == [checks[n]["id"] for n in wanted]


def test_only_ones_own_teams_leave_and_the_audit_log_says_which(api: Api) -> None:
    for side in "ab":
        check = api.check(who=f"technician_{side}", order=f"ORDER-{side.upper()}")
        review(api, check, who=f"supervisor_{side}")
    mine = take(api)
    assert len(mine) == 1
    assert len({line.group for line in take(api, who="auditor")}) == 2
    entries = api.get("auditor", "/v1/audit", action="corrections.exported")
    assert len(entries) == 2
    assert entries[0]["facts"]["checks"] == [mine[0].check_id]


def test_no_personal_data_leaves(api: Api) -> None:
    place = json.dumps({"latitude": 31.2989, "longitude": 120.5853, "device": "a phone"})
    check = api.check(capture=place)
    path = f"/v1/checks/{check['id']}/appeals"
    api.call("technician_a", "POST", path, json={"text": "It is me."})
    review(api, check | {"version": 2}, comment="I know Technician A.")
    text = api.call("supervisor_a", "GET", PATH, params={"form": "jsonl"}).text
    for word in ("SZ100", "Technician", "It is me", "ORDER", "31.2", "phone", "Wang"):
        assert word not in text
    for name in ("technician_a", "supervisor_a", "team_a", "order_a"):
        assert api.world.ids[name] not in text
    erasure = f"/v1/accounts/{api.world.ids['technician_a']}/erasure"
    assert api.call("admin", "POST", erasure, json={"login": "SZ100-a"}).is_success
    assert take(api, who="admin") == []


def test_photos_whose_time_is_over_leave_their_line(start_api: Start) -> None:
    with start_api(keep_days_pass=0) as api:
        review(api, api.check(data=photo(1)))

        sweep(api.services.database, api.services.store, api.services.settings)
        answer = api.call("supervisor_a", "GET", PATH)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.namelist() == ["corrections.jsonl"]
            (line,) = read_lines(archive.read("corrections.jsonl").decode().splitlines())
    assert (line.file, line.width) == (None, 320)


@pytest.mark.parametrize(
    "body",
    [
        {"boxes": [HELMET | {"xyxy": [0, 0, 321, 10]}]},
        {"boxes": [HELMET], "decision": "reject", "comment": "No."},
    ],
)
def test_impossible_boxes(api: Api, body: dict[str, Any]) -> None:
    check = api.check(data=photo(1))
    assert_problem(review(api, check, **body), 422, "review.impossible")


@pytest.mark.parametrize("xyxy", [[10, 10, 10, 20], [20, 10, 10, 20], [-1, 0, 5, 5], [0, 0, 5]])
def test_boxes_without_a_size_are_refused(api: Api, xyxy: list[float]) -> None:
    check = api.check(data=photo(1))
    answer = review(api, check, boxes=[HELMET | {"xyxy": xyxy}])
    assert_problem(answer, 422, "request.invalid")


def test_command_writes_the_same(start_api: Start, tmp_path: Path) -> None:
    with start_api() as api:
        if not api.services.database.is_sqlite:
            pytest.skip("one database is enough for the command line")
        check = api.check(data=photo(1, helmet=False))
        review(api, check, changes={"helmet.worn": "PASS"})
        over_http = take(api)
        settings = api.services.settings
        environment = {
            "PPE_DATA_DIR": str(settings.data_dir),
            "PPE_DATABASE_URL": settings.database_address,
        }

        def run(*options: str) -> subprocess.CompletedProcess[str]:
            command = ["-c", "from vision.cli import main; main()", "corrections", "export"]
            return subprocess.run(
                [sys.executable, *command, *options],
                env=os.environ | environment,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )

        out = tmp_path / "corrections.jsonl"
        done = run("--out", str(out), "--no-photos", "--team", "Team A", "--after", "2026-01-01")
        assert (done.returncode, done.stdout) == (0, f"{out}: 1 checks\n"), done.stderr
        assert list(read_lines(out.read_text().splitlines())) == over_http
        failed = run("--out", str(tmp_path / "none" / "x.zip"), "--overruled")
        assert failed.returncode == 2
        assert "argument.output_unusable" in failed.stderr
        assert "no team" in run("--out", str(out), "--team", "Nobody").stderr
    assert sorted(tmp_path.rglob("*.jsonl")) == [out]


def test_lines_are_read_back_and_the_newest_counts() -> None:
    first = Correction(
        check_id="0" * 32,
        sha256="a" * 64,
        file=None,
        width=10,
        height=10,
        group="0" * 16,
        shot=Shot.SELFIE,
        detections=(),
        boxes=None,
        rules=(),
        verdict=Verdict.PASS,
        final_verdict=Verdict.PASS,
        decision="accept",
        decided_by="admin",
        decided_at=datetime(2026, 5, 4, tzinfo=UTC),
        checked_at=datetime(2026, 5, 3, tzinfo=UTC),
        model={},
        policy={},
    )
    later = first.model_copy(update={"decided_at": first.decided_at.replace(day=5)})
    text = to_line(later) + "\n" + to_line(first)
    assert newest(read_lines(text.splitlines())) == [later]
    added_since = json.loads(to_line(first)) | {"added": 1}
    assert list(read_lines([json.dumps(added_since)])) == [first]
    for broken in ({"format": "ppe-corrections/2"}, {"decision": "maybe"}, {"file": "../x.jpg"}):
        with pytest.raises(ValidationError):
            list(read_lines([json.dumps(json.loads(to_line(first)) | broken)]))
