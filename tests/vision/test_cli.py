"""`ppe`: what it prints, what it writes, how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from tests.vision.networks import box, write_network
from tests.vision.pictures import NAVY, ORANGE, canvas, encode, exif_of, paint
from vision import Label, Shot
from vision.cli import app

run = CliRunner()

TECHNICIAN = (
    box(Label.PERSON, 200, 20, 440, 470),
    box(Label.HELMET, 270, 25, 370, 105),
    box(Label.WORKWEAR, 215, 170, 425, 460),
    box(Label.BADGE, 300, 240, 340, 290),
    box(Label.STRIP, 225, 330, 415, 345),
    box(Label.STRIP, 210, 280, 245, 295),
)
LITTER = box(Label.LITTER, 20, 400, 90, 470)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that sees a technician in every photo, and some litter."""
    return write_network(tmp_path_factory.mktemp("technician"), [*TECHNICIAN, LITTER])


def good_photo(**options: Any) -> bytes:
    pixels = canvas()
    paint(pixels, TECHNICIAN[1], ORANGE)
    paint(pixels, TECHNICIAN[2], NAVY)
    return encode(pixels, **options)


def check(*arguments: str | Path) -> Result:
    return run.invoke(app, ["check", *map(str, arguments)])


def json_lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def files_in(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "me.png"
    path.write_bytes(good_photo())
    return path


# JSON


def test_json_has_the_promised_form(photo: Path, network: Path) -> None:
    result = check(photo, "--json", "--shot", "selfie", "--model", network)

    (line,) = json_lines(result)
    assert line["photo"] == str(photo)
    assert line["shot"] == "selfie"
    assert line["shot_guessed"] is False
    assert line["verdict"] == "PASS"
    assert result.exit_code == 0
    promised = {"photo", "shot", "verdict", "findings", "quality", "model", "policy", "timings"}
    assert promised <= set(line)
    assert line["findings"]
    for finding in line["findings"]:
        assert {
            "rule",
            "verdict",
            "reason",
            "score",
            "value",
            "threshold",
            "boxes",
            "clause",
        } <= set(finding)
        assert finding["verdict"] in ("PASS", "FAIL", "UNSURE", "N/A")
        assert finding["clause"]
        for evidence in finding["boxes"]:
            assert set(evidence) == {"label", "score", "xyxy"}
            assert len(evidence["xyxy"]) == 4
    assert set(line["quality"]) == {"sharpness", "exposure", "dark", "glare"}
    assert {"name", "version", "sha256"} == set(line["model"])
    assert {"name", "version"} == set(line["policy"])
    assert set(line["timings"]) == {"decode", "quality", "detect", "judge", "total"}
    assert result.stderr == ""


def test_boxes_are_in_pixels_of_the_photo_as_taken(tmp_path: Path, network: Path) -> None:
    """A photo three times as large as the network's input, stored lying on its side."""
    path = tmp_path / "large.jpg"
    upright = Image.fromarray(canvas()).resize((1920, 1440))
    path.write_bytes(encode(upright.rotate(90, expand=True), "JPEG", exif=exif_of(6)))
    (line,) = json_lines(check(path, "--json", "--shot", "site_after", "--model", network))
    assert line["photo_size"] == [1920, 1440]
    (finding,) = line["findings"]
    expected = [3 * v for v in (LITTER.x1, LITTER.y1, LITTER.x2, LITTER.y2)]
    assert finding["boxes"][0]["xyxy"] == pytest.approx(expected, abs=1)


def test_boxes_lie_in_the_photo(tmp_path: Path) -> None:
    """A person made out of a torso at the picture's edge must not stick out of it."""
    network = write_network(tmp_path, [box(Label.WORKWEAR, 0, 0, 300, 480)])
    path = tmp_path / "edge.png"
    path.write_bytes(encode(canvas()))
    (line,) = json_lines(check(path, "--json", "--shot", "selfie", "--model", network))
    for finding in line["findings"]:
        for evidence in finding["boxes"]:
            x1, y1, x2, y2 = evidence["xyxy"]
            assert 0 <= x1 <= x2 <= 640
            assert 0 <= y1 <= y2 <= 480


def test_json_of_bad_photos(tmp_path: Path, photo: Path, network: Path) -> None:
    """Each its code; the good one between them is checked all the same."""
    broken = {
        "empty.jpg": (b"", "photo.empty"),
        "text.jpg": (b"not a photo", "photo.unsupported_type"),
        "half.png": (good_photo()[:5000], "photo.truncated"),
    }
    for name, (data, _) in broken.items():
        (tmp_path / name).write_bytes(data)
    names = [tmp_path / name for name in broken]
    names.insert(1, photo)

    result = check(*names, tmp_path / "missing.jpg", "--json", "--model", network)

    lines = json_lines(result)
    assert [line["photo"] for line in lines] == [*map(str, names), str(tmp_path / "missing.jpg")]
    codes = [line["error"]["code"] for line in lines if "error" in line]
    assert codes == [*(code for _, code in broken.values()), "photo.missing"]
    for line in lines:
        assert ("verdict" in line) == (line["photo"] == str(photo))
        if "error" in line:
            assert set(line) == {"photo", "error"}
            assert set(line["error"]) == {"code", "message"}
    assert result.exit_code == 2


def test_path_is_given_back_as_given(
    photo: Path, network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photo.parent)
    given = ["me.png", "./me.png", f"../{photo.parent.name}//me.png", str(photo)]
    lines = json_lines(check(*given, "--json", "--model", network))
    assert [line["photo"] for line in lines] == given


# Exit codes


@pytest.mark.parametrize(
    ("shot", "verdict", "code"),
    [
        ("selfie", "PASS", 0),
        ("shoes", "UNSURE", 1),
        ("site_after", "FAIL", 1),
        ("site_before", "N/A", 0),
        ("kit", "N/A", 0),
    ],
)
def test_exit_code(photo: Path, network: Path, shot: str, verdict: str, code: int) -> None:
    result = check(photo, "--json", "--shot", shot, "--model", network)
    (line,) = json_lines(result)
    assert (line["shot"], line["verdict"]) == (shot, verdict)
    assert result.exit_code == code


def test_worst_photo_decides(tmp_path: Path, photo: Path, network: Path) -> None:
    plain = tmp_path / "plain.png"
    plain.write_bytes(encode(canvas()))
    assert check(photo, plain, "--shot", "selfie", "--model", network).exit_code == 1
    assert check(photo, plain, photo.parent / "no.jpg", "--model", network).exit_code == 2


def test_shot_is_guessed(photo: Path, network: Path) -> None:
    (line,) = json_lines(check(photo, "--json", "--model", network))
    assert (line["shot"], line["shot_guessed"]) == ("selfie", True)
    assert "(guessed)" in check(photo, "--model", network).stdout


# Arguments


def without_site(folder: Path) -> Path:
    path = folder / "policy.yaml"
    path.write_text(
        "name: small\nversion: '1'\nwork_order: []\nshots: {selfie: {}}\ncolours: {}\nrules: {}\n"
        "quality: {min_sharpness: 0, max_dark: 1, max_glare: 1, min_head: 0}\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--lang", "tlh"], "argument.unknown_language"),
        (["--policy", "{tmp}/no.yaml"], "policy.missing"),
        (["--policy", "{tmp}/me.png"], "policy.invalid"),
        (["--policy", "{policy}", "--shot", "kit"], "argument.shot_not_in_policy"),
        (["--model", "{tmp}/no.json"], "model.missing"),
        (["--model", "{tmp}/me.png"], "model.manifest_invalid"),
        (["--out", "{tmp}/me.png"], "argument.output_unusable"),
        (["--out", "{tmp}/me.png/below"], "argument.output_unusable"),
        (["{tmp}/void"], "argument.nothing_to_check"),
    ],
)
def test_unusable_argument(
    tmp_path: Path, photo: Path, network: Path, options: list[str], code: str
) -> None:
    (tmp_path / "void").mkdir()
    policy = without_site(tmp_path)
    before = files_in(tmp_path)
    filled: list[str | Path] = [option.format(tmp=tmp_path, policy=policy) for option in options]
    if "--model" not in options:
        filled += ["--model", network]

    plain = check(photo, *filled)
    as_json = check(photo, *filled, "--json")

    assert plain.exit_code == as_json.exit_code == 2
    assert code in plain.stderr
    assert json_lines(as_json)[-1]["error"]["code"] == code
    assert files_in(tmp_path) == before


@pytest.mark.parametrize(
    "options", [[], ["--shot", "portrait"], ["--threads", "-1"], ["--nonsense"]]
)
def test_wrong_usage(photo: Path, options: list[str]) -> None:
    assert check(*([photo] if options else []), *options).exit_code == 2


def test_network_with_a_wrong_hash(tmp_path: Path, photo: Path) -> None:
    network = write_network(tmp_path, TECHNICIAN)
    with (tmp_path / "tiny.onnx").open("ab") as file:
        file.write(b"x")
    result = check(photo, "--json", "--model", network)
    assert result.exit_code == 2
    assert json_lines(result)[0]["error"]["code"] == "model.hash_mismatch"


# Text


def test_text_for_people(photo: Path, network: Path) -> None:
    result = check(photo, "--shot", "site_after", "--model", network)
    assert "FAIL" in result.stdout
    assert "Clean work area" in result.stdout
    assert "Clear it away" in " ".join(result.stdout.split())


def test_text_in_chinese(photo: Path, network: Path) -> None:
    result = check(photo, "--lang", "zh-CN", "--shot", "site_after", "--model", network)
    assert "不合格" in result.stdout
    assert "现场整洁" in result.stdout


def test_bad_photo_in_words(tmp_path: Path, network: Path) -> None:
    path = tmp_path / "[bold]empty.jpg"  # not to be read as markup
    path.write_bytes(b"")
    result = check(path, "--model", network)
    words = "".join(result.stdout.split())
    assert "photo.empty" in words
    assert "[bold]empty.jpg" in words


# Folders


def test_folder_is_walked(tmp_path: Path, network: Path) -> None:
    for name in ("b.PNG", "a.png", "sub/deep/c.jpeg", "notes.txt", "album.jpg/d.webp"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(good_photo())
    lines = json_lines(check(tmp_path, "--json", "--model", network))
    assert [Path(line["photo"]).relative_to(tmp_path).as_posix() for line in lines] == [
        "a.png",
        "album.jpg/d.webp",
        "b.PNG",
        "sub/deep/c.jpeg",
    ]
    assert not any("error" in line for line in lines)


# Annotated pictures


def test_annotated_pictures_are_written(tmp_path: Path, photo: Path, network: Path) -> None:
    out = tmp_path / "deep" / "out"
    result = check(photo, "--out", out, "--model", network)
    assert result.exit_code == 0
    assert files_in(out) == {"me.jpg"}
    with Image.open(out / "me.jpg") as picture:
        picture.load()
        assert picture.format == "JPEG"
        assert picture.width >= 560
        assert picture.height > 480


def test_photos_of_one_name_get_two_pictures(tmp_path: Path, network: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "me.png").write_bytes(good_photo())
    (tmp_path / "a" / "me.jpg").write_bytes(good_photo())
    out = tmp_path / "out"
    assert check(tmp_path / "a", tmp_path / "b", "--out", out, "--model", network).exit_code == 0
    assert files_in(out) == {"me.jpg", "me-2.jpg", "me-3.jpg"}


def test_photos_are_never_written_over(tmp_path: Path, network: Path) -> None:
    """Somebody names the photos' own folder as the output."""
    photo = tmp_path / "me.jpg"
    photo.write_bytes(good_photo(kind="JPEG"))
    before = photo.read_bytes()
    check(tmp_path, "--out", tmp_path, "--model", network)
    check(photo, "--out", tmp_path / ".." / tmp_path.name, "--model", network)
    assert photo.read_bytes() == before
    assert files_in(tmp_path) == {"me.jpg", "me-2.jpg"}


def test_bad_photo_leaves_nothing_behind(tmp_path: Path, network: Path) -> None:
    (tmp_path / "half.png").write_bytes(good_photo()[:5000])
    out = tmp_path / "out"
    assert check(tmp_path / "half.png", "--out", out, "--model", network).exit_code == 2
    assert files_in(tmp_path) == {"half.png"}


def test_unwritable_picture_leaves_nothing_behind(
    tmp_path: Path, photo: Path, network: Path
) -> None:
    out = tmp_path / "out"
    (out / "me.jpg").mkdir(parents=True)
    result = check(photo, "--out", out, "--json", "--model", network)
    assert result.exit_code == 2
    assert json_lines(result)[-1]["error"]["code"] == "argument.output_unusable"
    assert files_in(out) == set()


@pytest.mark.parametrize(("width", "height"), [(64, 19_000), (19_000, 64), (64, 64)])
def test_extreme_shapes_are_drawn(tmp_path: Path, network: Path, width: int, height: int) -> None:
    photo = tmp_path / "thin.png"
    photo.write_bytes(encode(canvas(width, height)))
    result = check(photo, "--out", tmp_path / "out", "--json", "--model", network)
    assert "error" not in json_lines(result)[0]
    with Image.open(tmp_path / "out" / "thin.jpg") as picture:
        assert picture.width * picture.height < 20_000_000


@pytest.mark.parametrize("shot", list(Shot))
def test_every_shot_can_be_drawn(tmp_path: Path, photo: Path, network: Path, shot: Shot) -> None:
    check(photo, "--shot", shot, "--out", tmp_path / "out", "--model", network)
    assert files_in(tmp_path / "out") == {"me.jpg"}


# The real command


def ppe(*arguments: str | bytes | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = Path(sys.executable).with_name("ppe")
    return subprocess.run(
        [command, *arguments],
        capture_output=True,
        timeout=120,
        check=False,
        env=os.environ | {"PYTHONWARNINGS": "error"} | environment,
    )


def test_real_command(tmp_path: Path, network: Path) -> None:
    """Through a real process, with a file name that is not UTF-8, as archives from Windows hold."""
    name = os.fsencode(tmp_path) + "/自拍.png".encode("gb18030")
    Path(os.fsdecode(name)).write_bytes(good_photo())

    result = ppe("check", "--json", "--model", network, name, tmp_path / "no.jpg")

    assert result.returncode == 2, result.stderr
    good, bad = (json.loads(line) for line in result.stdout.splitlines())
    assert os.fsencode(good["photo"]) == name
    assert good["verdict"] == "PASS"
    assert bad["error"]["code"] == "photo.missing"


def test_real_command_prints_such_a_name_for_people(tmp_path: Path, network: Path) -> None:
    name = os.fsencode(tmp_path) + "/自拍.png".encode("gb18030")
    Path(os.fsdecode(name)).write_bytes(b"")
    result = ppe("check", "--model", network, "--lang", "zh-CN", name)
    assert result.returncode == 2, result.stderr
    assert b"photo.empty" in result.stdout
    assert b"Traceback" not in result.stderr
