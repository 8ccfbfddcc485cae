"""Corrections of the service become pictures to train on, to hold out, to label."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

from datasets.cli import app
from datasets.errors import DatasetError
from datasets.reviewed import absent, import_corrections, read_own, stem_of
from datasets.splits import divide
from vision.corrections import LINES, Correction, MarkedBox, RuleAnswer, to_line
from vision.findings import Reason, Verdict
from vision.labels import LABELS, Label
from vision.policy import RuleId, Shot

run = CliRunner()
SIZE = (96, 128)
START = datetime(2026, 5, 4, tzinfo=UTC)
PASS, FAIL, UNSURE = Verdict.PASS, Verdict.FAIL, Verdict.UNSURE
HELMET = MarkedBox(label=Label.HELMET, xyxy=(20, 10, 60, 40), score=None)
HEAD = MarkedBox(label=Label.HEAD, xyxy=(20, 10, 60, 60), score=0.7)
LITTER = MarkedBox(label=Label.LITTER, xyxy=(5, 90, 40, 120), score=0.6)


def answer(
    rule: RuleId, model: Verdict, final: Verdict | None, reason: Reason = Reason.HEAD_BARE
) -> RuleAnswer:
    return RuleAnswer(rule=rule, advisory=False, model=model, reason=reason, final=final)


AGREED = answer(RuleId.HELMET_WORN, FAIL, FAIL)
OVERRULED = answer(RuleId.HELMET_WORN, FAIL, PASS)


def correction(number: int, **fields: Any) -> Correction:
    sha256 = hashlib.sha256(bytes([number])).hexdigest()
    facts: dict[str, Any] = {
        "check_id": f"{number:032x}",
        "sha256": sha256,
        "file": f"photos/{sha256}.jpg",
        "width": SIZE[0],
        "height": SIZE[1],
        "group": f"{number % 4:016x}",
        "shot": Shot.SELFIE,
        "detections": (HEAD,),
        "boxes": None,
        "rules": (AGREED,),
        "verdict": FAIL,
        "final_verdict": FAIL,
        "decision": "accept",
        "decided_by": "supervisor",
        "decided_at": START + timedelta(hours=number),
        "checked_at": START,
        "model": {"name": "ppe", "version": "1"},
        "policy": {"name": "telecom", "version": "1"},
    }
    return Correction(**facts | fields)


def archive(path: Path, *corrections: Correction, size: tuple[int, int] = SIZE) -> Path:
    """What `ppe corrections export` writes, with plain pictures."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(LINES, "".join(map(to_line, corrections)))
        for number, one in enumerate(corrections):
            if one.file and one.file not in file.namelist():
                data = io.BytesIO()
                Image.new("RGB", size, (number * 20, 90, 120)).save(data, "JPEG")
                file.writestr(one.file, data.getvalue())
    return path


BOXED = correction(1, boxes=(HELMET,), rules=(OVERRULED,), final_verdict=PASS)
UNTOUCHED = correction(2)
TO_LABEL = correction(3, rules=(OVERRULED,))
REJECTED = correction(4, decision="reject", rules=(answer(RuleId.HELMET_WORN, FAIL, None),))
GONE = correction(5, boxes=(HELMET,), file=None)
TIDY = correction(
    6, shot=Shot.SITE_AFTER, detections=(LITTER,), final_verdict=PASS,
    rules=(answer(RuleId.SITE_CLEAN, FAIL, PASS, Reason.LITTER_LEFT),),
)  # fmt: skip
ALL = (BOXED, UNTOUCHED, TO_LABEL, REJECTED, GONE, TIDY)


def known_of(folder: Path) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = json.loads((folder / "known.json").read_text(encoding="utf-8"))
    return rows


def test_every_picture_goes_where_it_belongs(tmp_path: Path) -> None:
    counts = import_corrections(archive(tmp_path / "a.zip", *ALL), tmp_path)
    assert counts == {
        "reviewed": 2, "reviewed_held_out": 0, "to_label": 1,
        "rejected": 1, "without_photo": 1, "nothing_said": 1,
    }  # fmt: skip
    assert known_of(tmp_path / "reviewed") == {
        stem_of(BOXED): ["helmet", "head"],  # drawn, and detected but taken away
        stem_of(TIDY): ["litter"],  # the verdict says that there is none
    }
    records = {record.path.stem: record for record in read_own(tmp_path)}
    ((label, box),) = records[stem_of(BOXED)].boxes
    assert label is Label.HELMET
    assert box == pytest.approx(HELMET.xyxy, abs=1e-3)
    assert records[stem_of(BOXED)].known == {Label.HELMET, Label.HEAD}
    assert records[stem_of(BOXED)].group == f"reviewed/{BOXED.group}"
    assert records[stem_of(TIDY)].boxes == ()
    drafts = (tmp_path / "to_label/labels" / f"{stem_of(TO_LABEL)}.txt").read_text()
    assert drafts.startswith(f"{LABELS.index(Label.HEAD)} ")


def test_origin_is_written_down_without_a_name(tmp_path: Path) -> None:
    import_corrections(archive(tmp_path / "a.zip", BOXED), tmp_path)
    origin = json.loads((tmp_path / "reviewed/origin.json").read_text(encoding="utf-8"))
    assert origin[stem_of(BOXED)] == {
        "check_id": BOXED.check_id, "sha256": BOXED.sha256, "group": BOXED.group,
        "shot": "selfie", "decided_by": "supervisor", "decided_at": "2026-05-04T01:00:00Z",
        "model": {"name": "ppe", "version": "1"}, "boxes": True, "overruled": ["helmet.worn"],
    }  # fmt: skip


R = RuleId


@pytest.mark.parametrize(
    ("rule", "boxes", "expected"),
    [
        (answer(R.SITE_CLEAN, FAIL, PASS), None, {Label.LITTER}),
        (answer(R.SITE_CLEAN, PASS, FAIL), None, set()),
        (answer(R.SITE_CLEAN, FAIL, PASS), (LITTER,), set()),  # the box was left in
        (answer(R.FACE_NO_SUNGLASSES, FAIL, PASS), None, {Label.SUNGLASSES}),
        (answer(R.BADGE_WORN, FAIL, FAIL, Reason.BADGE_MISSING), None, {Label.BADGE}),
        (answer(R.BADGE_WORN, FAIL, FAIL, Reason.BADGE_NOT_ON_CHEST), None, set()),
        (answer(R.BADGE_WORN, PASS, FAIL, Reason.BADGE_ON_CHEST), None, set()),
        (answer(R.HELMET_WORN, FAIL, PASS), None, set()),
    ],
)
def test_what_a_verdict_says_about_labels(
    rule: RuleAnswer, boxes: tuple[MarkedBox, ...] | None, expected: set[Label]
) -> None:
    assert absent(correction(1, rules=(rule,), boxes=boxes)) == expected


def test_a_later_decision_replaces_an_earlier_one(tmp_path: Path) -> None:
    """Also over two exports, also if it takes the picture out of training."""
    import_corrections(archive(tmp_path / "a.zip", BOXED, TIDY), tmp_path)
    later = BOXED.decided_at + timedelta(days=1)
    refused = REJECTED.model_copy(
        update={"check_id": BOXED.check_id, "sha256": BOXED.sha256, "file": BOXED.file,
                "decided_at": later}
    )  # fmt: skip
    counts = import_corrections(archive(tmp_path / "b.zip", refused), tmp_path)
    assert (counts["reviewed"], counts["rejected"]) == (1, 1)
    assert [record.path.stem for record in read_own(tmp_path)] == [stem_of(TIDY)]


def test_one_photo_sent_twice_is_one_picture(tmp_path: Path) -> None:
    again = BOXED.model_copy(update={"check_id": "f" * 32, "boxes": (), "decided_at": START})
    import_corrections(archive(tmp_path / "a.zip", BOXED, again), tmp_path)
    (record,) = read_own(tmp_path)
    assert len(record.boxes) == 1  # what was decided later


def test_held_out_technicians_are_never_trained_on(tmp_path: Path) -> None:
    many = [correction(n, boxes=(HELMET,), group=f"{n % 10:016x}") for n in range(40)]
    counts = import_corrections(archive(tmp_path / "a.zip", *many), tmp_path, hold_out=0.5)
    assert counts["reviewed"] + counts["reviewed_held_out"] == 40
    halves = divide(read_own(tmp_path))
    groups = {half: {r.group.partition("/")[2] for r in rows} for half, rows in halves.items()}
    assert groups["train"]
    assert groups["val"]
    assert not groups["train"] & groups["val"]
    assert {r.source for r in halves["val"]} == {"reviewed_held_out"}


def test_nothing_is_held_out_unasked(tmp_path: Path) -> None:
    many = [correction(n, boxes=(HELMET,), group=f"{n % 10:016x}") for n in range(20)]
    import_corrections(archive(tmp_path / "a.zip", *many), tmp_path)
    assert not divide(read_own(tmp_path))["val"]


def test_a_training_set_of_reviewed_pictures(tmp_path: Path) -> None:
    """From the export to what `ppe model train` reads: pictures, labels and their masks."""
    out, own = tmp_path / "set", tmp_path / "own"
    done = run.invoke(app, ["import", str(archive(tmp_path / "a.zip", *ALL)), "--out", str(own)])
    assert done.exit_code == 0, done.output
    assert "2  reviewed" in done.output
    done = run.invoke(app, ["build", "--reviewed", str(own), "--out", str(out),
                            "--negatives-every", "1"])  # fmt: skip
    assert done.exit_code == 0, done.output
    facts = yaml.safe_load((out / "data.yaml").read_text(encoding="utf-8"))
    listed = (out / facts["train"]).read_text(encoding="utf-8").split()
    assert {Path(line).stem for line in listed} == {
        f"reviewed__{stem_of(c)}" for c in (BOXED, TIDY)
    }
    known = json.loads((out / "known.json").read_text(encoding="utf-8"))
    index = LABELS.index
    assert known[f"reviewed__{stem_of(TIDY)}"] == [index(Label.LITTER)]
    assert known[f"reviewed__{stem_of(BOXED)}"] == [index(Label.HELMET), index(Label.HEAD)]
    lines = (out / "labels/train" / f"reviewed__{stem_of(BOXED)}.txt").read_text().splitlines()
    assert [line.split()[0] for line in lines] == [str(index(Label.HELMET))]


def test_pictures_to_label_go_through_a_labelling_tool(tmp_path: Path) -> None:
    import_corrections(archive(tmp_path / "a.zip", TO_LABEL), tmp_path)
    tool, back = tmp_path / "tool", tmp_path / "relabelled"
    for command in (
        ["convert", str(tmp_path / "to_label"), str(tool), "--to", "label-studio"],
        ["convert", str(tool), str(back), "--to", "source", "--known", "helmet,head"],
    ):
        done = run.invoke(app, command)
        assert done.exit_code == 0, done.output
    (record,) = read_own(tmp_path)
    assert record.source == "relabelled"
    assert record.known == {Label.HELMET, Label.HEAD}
    assert [label for label, _ in record.boxes] == [Label.HEAD]


def broken_zip(path: Path) -> Path:
    path.write_bytes(b"PK no zip")
    return path


def zip_with(path: Path, text: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(LINES, text)
    return path


@pytest.mark.parametrize(
    "make",
    [
        broken_zip,
        lambda path: path,  # no file
        lambda path: zip_with(path, '{"format": "ppe-corrections/2"}'),
        lambda path: zip_with(path, to_line(BOXED).replace("photos/", "../photos/")),
        lambda path: archive(path, BOXED, size=(64, 64)),  # boxes for another picture
    ],
)
def test_unusable_archives(make: Any, tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        import_corrections(make(tmp_path / "a.zip"), tmp_path)
    assert caught.value.code == "dataset.corrections_unreadable"


def test_a_folder_without_imports(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        read_own(tmp_path)
    assert caught.value.code == "dataset.source_missing"


def test_blurred_faces_teach_nothing_about_heads(tmp_path: Path) -> None:
    boxes = (HELMET, HEAD.model_copy(update={"score": None}))
    blurred = correction(7, boxes=boxes, faces_blurred=True)
    import_corrections(archive(tmp_path / "a.zip", blurred), tmp_path)
    assert known_of(tmp_path / "reviewed") == {stem_of(blurred): ["helmet"]}
    (record,) = read_own(tmp_path)
    assert [label for label, _ in record.boxes] == [Label.HELMET]
