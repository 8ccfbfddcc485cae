"""Figures, logs, and the documents that describe the interface."""

import json
import logging
import re
from pathlib import Path

import pytest

from api import errors
from api.app import create_app
from api.logs import JsonFormatter
from api.settings import Settings
from tests.api.conftest import Api, assert_problem
from tests.api.network import photo
from vision import ArgumentError, ModelError, PhotoError, PolicyError

DOCS = Path(__file__).parents[2] / "docs"


def test_metrics_count_what_happens(api: Api) -> None:
    api.check(data=photo(1))
    api.check(data=photo(1))
    api.send(data=b"")
    text = api.call("auditor", "GET", "/metrics").text
    assert 'ppe_checks_total{model="test-1",shot="selfie",verdict="PASS"} 2.0' in text
    assert 'ppe_findings_total{rule="uniform.reflective",verdict="UNSURE"} 2.0' in text
    assert 'ppe_flags_total{kind="same_photo"} 1.0' in text
    assert 'ppe_photos_refused_total{code="photo.empty"} 1.0' in text
    assert "ppe_checks_in_flight 0.0" in text
    for stage in ("decode", "detect", "judge", "total", "store", "record"):
        assert f'ppe_check_stage_seconds_count{{stage="{stage}"}} 2.0' in text
    posted = 'ppe_request_seconds_count{method="POST",route="/v1/checks",status="201"} 2.0'
    assert posted in text


def test_logs_name_routes_and_no_people(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        check = api.check(data=photo(1))
        path = f"/v1/checks/{check['id']}?technician=SZ100-a"
        answer = api.call("technician_a", "GET", path, headers={"X-Request-ID": "abc-1"})
        assert answer.headers["x-request-id"] == "abc-1"
        odd = api.call("technician_a", "GET", path, headers={"X-Request-ID": "a b\t"})
        assert re.fullmatch("[0-9a-f]{32}", odd.headers["x-request-id"])
    lines = [JsonFormatter().format(record) for record in caplog.records if record.name != "httpx2"]
    answered = [json.loads(line) for line in lines if "answered" in line]
    assert [(line["route"], line["status"]) for line in answered] == [
        ("/v1/checks", 201),
        ("/v1/checks/{check_id}", 200),
        ("/v1/checks/{check_id}", 200),
    ]
    whole = "\n".join(lines)
    for secret in ("SZ100-a", "Technician A", check["id"], api.world.keys["technician_a"]):
        assert secret not in whole


def test_log_line_has_the_exception() -> None:
    record = logging.LogRecord("x", logging.ERROR, "", 0, "broken %s", ("now",), None)
    assert json.loads(JsonFormatter().format(record))["message"] == "broken now"


def test_what_is_not_there_is_a_problem_too(api: Api) -> None:
    assert_problem(api.client.get("/v1/nothing"), 404, "request.not_found")
    wrong = api.client.put("/v1/checks")
    assert_problem(wrong, 405, "request.method_not_allowed")
    assert "allow" in wrong.headers


def test_committed_openapi_document_is_current() -> None:
    committed = json.loads((DOCS / "openapi.json").read_text(encoding="utf-8"))
    assert committed == create_app().openapi(), "run: python -m api.openapi docs/openapi.json"


def test_openapi_describes_errors_as_problems() -> None:
    document = create_app().openapi()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            for status, answer in operation["responses"].items():
                if status >= "400" and path != "/readyz":
                    assert list(answer["content"]) == ["application/problem+json"], (path, status)
    text = json.dumps(document)
    assert "HTTPValidationError" not in text


def test_every_code_has_a_status_and_is_documented() -> None:
    assert set(errors.STATUS) == set(errors.ApiError.codes)
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    for kind in (errors.ApiError, PhotoError, ModelError, PolicyError, ArgumentError):
        if kind is errors.ApiError:
            for code, what_to_do in kind.codes.items():
                line = f"| `{code}` | {int(errors.STATUS[code])} | {what_to_do} |"
                assert line in text, line


def test_every_setting_is_documented() -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"`PPE_{name.upper()}`" in text, name
