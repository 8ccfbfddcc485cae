"""What a photo is of: sidecar before folders before settings, and what cannot be told is said."""

import json
from pathlib import Path
from typing import Any

import pytest

from edge.agent.errors import EdgeError
from edge.agent.filing import Defaults, Filing, file_photo, refiled
from vision import Shot

NONE = Defaults()
ALL = Defaults("WO-9", "SZ9", Shot.KIT)


@pytest.mark.parametrize(
    ("path", "defaults", "expected"),
    [
        ("WO-1/selfie.jpg", NONE, ("WO-1", None, "selfie")),
        ("WO-1/Selfie-2.JPG", NONE, ("WO-1", None, "selfie")),
        ("WO-1/site-after (3).jpeg", NONE, ("WO-1", None, "site_after")),
        ("WO-1/shoes2.jpg", NONE, ("WO-1", None, "shoes")),
        ("WO-1/site_before/IMG_1.jpg", NONE, ("WO-1", None, "site_before")),
        ("WO-1/Site After/IMG_1.jpg", NONE, ("WO-1", None, "site_after")),
        ("site_after/WO-1/IMG_1.jpg", NONE, ("WO-1", None, "site_after")),
        ("WO-1/shoes/selfie.jpg", NONE, ("WO-1", None, "shoes")),
        ("WO-1@SZ1/selfie.jpg", NONE, ("WO-1", "SZ1", "selfie")),
        ("WO-1@a@b.cn/selfie.jpg", NONE, ("WO-1", "a@b.cn", "selfie")),
        ("WO-1/evening/selfie.jpg", NONE, ("WO-1", None, "selfie")),
        ("IMG_1.jpg", ALL, ("WO-9", "SZ9", "kit")),
        ("selfie.jpg", ALL, ("WO-9", "SZ9", "selfie")),
        ("WO-1@SZ1/shoes/x.jpg", ALL, ("WO-1", "SZ1", "shoes")),
    ],
)
def test_folders_and_settings(
    tmp_path: Path, path: str, defaults: Defaults, expected: tuple[str, str | None, str]
) -> None:
    filing = file_photo(tmp_path / path, tmp_path, defaults)
    assert (filing.work_order, filing.technician, filing.shot) == expected
    assert filing.capture is None


@pytest.mark.parametrize("name", ["IMG_1.json", "IMG_1.jpg.json"])
def test_sidecar_goes_first(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "WO-1@SZ1" / "shoes"
    folder.mkdir(parents=True)
    sidecar = {
        "work_order": "2026/0001",
        "technician": "SZ2",
        "shot": "kit",
        "taken_at": "2026-05-04T08:55:00+08:00",
        "latitude": 31.3,
        "longitude": 120.6,
    }
    (folder / name).write_text(json.dumps(sidecar), encoding="utf-8")
    filing = file_photo(folder / "IMG_1.jpg", tmp_path, ALL)
    assert (filing.work_order, filing.technician, filing.shot) == ("2026/0001", "SZ2", "kit")
    assert json.loads(filing.capture or "") == {
        "taken_at": "2026-05-04T08:55:00+08:00",
        "latitude": 31.3,
        "longitude": 120.6,
    }


@pytest.mark.parametrize(
    ("path", "sidecar", "code"),
    [
        ("selfie.jpg", None, "edge.no_work_order"),
        ("selfie/x.jpg", None, "edge.no_work_order"),
        ("WO-1/IMG_1.jpg", None, "edge.no_shot"),
        ("WO-1/selfies.jpg", None, "edge.no_shot"),
        ("工单 1/selfie.jpg", None, "edge.name_invalid"),
        ("WO-1@张三/selfie.jpg", None, "edge.name_invalid"),
        (f"{'x' * 65}/selfie.jpg", None, "edge.name_invalid"),
        ("WO-1/selfie.jpg", "{", "edge.sidecar_invalid"),
        ("WO-1/selfie.jpg", {"shot": "portrait"}, "edge.sidecar_invalid"),
        ("WO-1/selfie.jpg", {"order": "WO-1"}, "edge.sidecar_invalid"),
        ("WO-1/selfie.jpg", {"taken_at": "2026-05-04T08:55:00"}, "edge.sidecar_invalid"),
        ("WO-1/selfie.jpg", {"latitude": 31.3}, "edge.sidecar_invalid"),
    ],
)
def test_what_cannot_be_told_is_said(tmp_path: Path, path: str, sidecar: Any, code: str) -> None:
    photo = tmp_path / path
    photo.parent.mkdir(parents=True, exist_ok=True)
    if sidecar is not None:
        text = sidecar if isinstance(sidecar, str) else json.dumps(sidecar)
        photo.with_suffix(".json").write_text(text, encoding="utf-8")
    with pytest.raises(EdgeError) as caught:
        file_photo(photo, tmp_path, NONE)
    assert caught.value.code == code


def test_refiling_changes_only_what_is_named() -> None:
    filing = Filing("WO-1", "SZ1", Shot.SHOES, '{"device":"x"}')
    assert refiled(filing, None, None, None) == filing
    assert refiled(filing, "WO-2", None, Shot.KIT) == Filing(
        "WO-2", "SZ1", Shot.KIT, '{"device":"x"}'
    )
    with pytest.raises(EdgeError, match="work order"):
        refiled(filing, "WO 2", None, None)
