"""What is typed in two places: settings and errors in the manuals, patterns in the interface."""

import ast
import json
import re
from pathlib import Path

from pydantic import TypeAdapter

from edge.agent import errors
from edge.agent.errors import EdgeError
from edge.agent.filing import CaptureRecord, Login, Number
from edge.agent.settings import EdgeSettings

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "edge.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_manual() -> None:
    listed = re.findall(r"^\| `(PPE_EDGE_\w+)`", MANUAL, re.MULTILINE)
    assert listed == [f"PPE_EDGE_{name.upper()}" for name in EdgeSettings.model_fields]


def test_every_error_is_in_the_manual_and_raised() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(edge\.\w+)` \|", text, re.MULTILINE)
    assert sorted(listed) == sorted(EdgeError.codes)
    written = {
        node.value
        for path in (ROOT / "edge" / "agent").glob("*.py")
        if path != Path(errors.__file__)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(EdgeError.codes) <= written
    assert {code for code in written if re.fullmatch(r"edge\.[a-z_]+", code)} <= (
        set(EdgeError.codes) | {"edge.agent"}
    )


def test_names_and_capture_record_are_the_services() -> None:
    schemas = json.loads((ROOT / "docs" / "openapi.json").read_bytes())["components"]["schemas"]
    form = schemas["Body_send_photo"]["properties"]
    number, login = (TypeAdapter[str](kind).json_schema()["pattern"] for kind in (Number, Login))
    assert form["work_order"]["pattern"] == number
    assert form["technician"]["anyOf"][0]["pattern"] == login
    assert set(schemas["CaptureRecord"]["properties"]) == set(CaptureRecord.model_fields)
