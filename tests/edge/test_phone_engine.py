"""The phone's engine in a real browser: what it loads, keeps, refuses and answers."""

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from edge.phone_page import BUILT, CHROMIUM, PHONE, Engine, build, engine
from tests.vision.networks import box, checker_of, write_network
from tests.vision.pictures import canvas, encode, exif_of
from vision import Label, Shot

pytest.importorskip("playwright")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason="no chromium"),
    pytest.mark.skipif(not (PHONE / "node_modules").exists(), reason="no `make phone`"),
]

SEES = (
    box(Label.PERSON, 200, 20, 440, 470),
    box(Label.HELMET, 270, 25, 370, 105),
    box(Label.WORKWEAR, 215, 170, 425, 460),
)
PHOTO = encode(canvas())


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not BUILT.exists():
        build()
    return write_network(tmp_path_factory.mktemp("network"), SEES)


@pytest.fixture(scope="module")
def phone(network: Path) -> Iterator[Engine]:
    with engine(network) as found:
        opened = found.open()
        assert opened["info"]["problems"] == []
        assert opened["info"]["backend"] == "wasm"
        assert opened["info"]["model"] == {
            name: value
            for name, value in json.loads(network.read_text(encoding="utf-8")).items()
            if name in ("name", "version", "sha256")
        }
        yield found


@pytest.mark.parametrize("shot", [Shot.SELFIE, Shot.SHOES, Shot.KIT, None])
def test_report_is_the_servers(phone: Engine, network: Path, shot: Shot | None) -> None:
    ours = checker_of(SEES).check(PHOTO, shot).to_json()
    theirs = phone.check(PHOTO, shot)["report"]

    assert set(theirs.pop("timings")) == set(ours.pop("timings"))
    assert theirs.pop("model")["name"] == ours.pop("model")["name"]
    assert theirs == ours


def test_live_view_says_what_the_report_says(phone: Engine) -> None:
    ours = checker_of(SEES).check(PHOTO, Shot.SELFIE).to_json()
    live = phone.look(PHOTO, Shot.SELFIE)

    assert live["size"] == ours["photo_size"]
    assert live["verdict"] == ours["verdict"]
    assert live["findings"] == ours["findings"]
    assert {b["label"]: b["xyxy"] for b in live["boxes"]} == {
        str(b.label): [b.x1, b.y1, b.x2, b.y2] for b in SEES
    }


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_photo_is_upright_and_its_exif_read(phone: Engine, orientation: int) -> None:
    gps = {1: "N", 2: (31.0, 18.0, 0.0), 3: "E", 4: (120.0, 36.0, 0.0)}
    exif = exif_of(
        orientation,
        base={0x010F: "Maker", 0x0110: "Phone 1"},
        detail={0x9003: "2026:03:04 05:06:07"},
        gps=gps,
    )
    data = encode(canvas(), "JPEG", quality=95, exif=exif)
    ours = checker_of(SEES).check(data, Shot.KIT).to_json()
    theirs = phone.check(data, Shot.KIT)["report"]

    assert theirs["photo_size"] == ours["photo_size"]
    assert theirs["capture"] == ours["capture"]
    assert theirs["sha256"] == ours["sha256"]


def small(kind: str, side: int = 100) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), "grey").save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "photo.empty"),
        (b"not a picture", "photo.unsupported_type"),
        (small("GIF"), "photo.unsupported_type"),
        (small("PNG", 40), "photo.too_small"),
        (encode(canvas(), "JPEG")[:-2000], "photo.truncated"),
        (PHOTO[:-2000], "photo.truncated"),
        (PHOTO[:2000] + bytes(4000) + PHOTO[6000:], "photo.undecodable"),
    ],
    ids=["empty", "text", "GIF", "small", "cut JPEG", "cut PNG", "damaged PNG"],
)
def test_unusable_photo_is_refused(phone: Engine, data: bytes, code: str) -> None:
    assert phone.check(data)["error"]["code"] == code


def test_opens_without_a_signal_and_says_so(phone: Engine) -> None:
    for address in ("**/model/**", "**/policy.json"):
        phone.page.route(address, lambda route: route.abort())
    try:
        info = phone.open()["info"]
        codes = {problem["code"] for problem in info["problems"]}
        report = phone.check(PHOTO, Shot.SELFIE)["report"]
    finally:
        phone.page.unroute_all()

    assert codes == {"model.missing", "policy.missing"}
    assert [f["rule"] for f in report["findings"]]


def test_network_that_is_not_the_manifests_is_refused(phone: Engine) -> None:
    fresh = phone.anew()
    fresh.page.route("**/network.onnx", lambda route: route.fulfill(body=b"another network"))
    assert fresh.open()["error"]["code"] == "model.hash_mismatch"

    fresh.page.unroute_all()
    assert fresh.open()["info"]["problems"] == []  # nothing of it was kept


def test_network_is_fetched_once(phone: Engine) -> None:
    fresh = phone.anew()
    fetched: list[str] = []
    fresh.page.context.on("request", lambda request: fetched.append(request.url))
    for _ in range(2):
        fresh.open()
    assert len([url for url in fetched if url.endswith("network.onnx")]) == 1
    assert len([url for url in fetched if url.endswith("manifest.json")]) == 2
