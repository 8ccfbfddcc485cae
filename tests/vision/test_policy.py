"""The policy file: the default is sound, a broken one is refused by the name of the field."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tests.vision.networks import default_policy
from vision import PolicyError, Shot, read_policy
from vision.cli import app
from vision.policy import DEFAULT_POLICY, RuleId, Weight

run = CliRunner()


def default() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(DEFAULT_POLICY.read_text(encoding="utf-8"))
    return data


def write(folder: Path, data: Any) -> Path:
    path = folder / "policy.yaml"
    text = data if isinstance(data, str) else yaml.safe_dump(data, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return path


def changed(where: str, value: Any) -> dict[str, Any]:
    """The default with one field set; the path's parts are split at slashes."""
    data = default()
    *parents, last = where.split("/")
    place = data
    for parent in parents:
        place = place[parent]
    place[last] = value
    return data


def without(where: str) -> dict[str, Any]:
    data = default()
    *parents, last = where.split("/")
    place = data
    for parent in parents:
        place = place[parent]
    del place[last]
    return data


def test_default_policy_asks_what_the_norms_ask() -> None:
    policy = default_policy()
    assert policy.name == "telecom"
    assert set(policy.shots) == set(Shot)
    asked = {rule: weight for rules in policy.shots.values() for rule, weight in rules.items()}
    assert set(asked) == set(RuleId)
    core = {
        RuleId.HELMET_WORN,
        RuleId.HELMET_COLOUR,
        RuleId.UNIFORM_WORN,
        RuleId.UNIFORM_COLOUR,
        RuleId.UNIFORM_REFLECTIVE,
        RuleId.BADGE_WORN,
        RuleId.SHOES_COVERS,
        RuleId.SITE_CLEAN,
    }
    assert all(asked[rule] is Weight.REQUIRED for rule in core)
    assert policy.rules[RuleId.HELMET_COLOUR].colours == ("orange",)
    assert set(policy.rules[RuleId.UNIFORM_COLOUR].colours) == {"blue", "navy"}
    assert all(settings.clause for settings in policy.rules.values())
    assert Shot.SELFIE in policy.work_order


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ("", "Policy"),
        ("[1, 2]", "Policy"),
        ("just words", "Policy"),
        ("name: [", "line 1"),
        ("a: b: c", "line 1"),
        ("name: !!python/object/apply:os.getcwd []", "python/object"),
        ("version: 2026-02-30", "day is out of range"),
        ("[" * 500, ""),
        (without("name"), "name"),
        (without("quality"), "quality"),
        (without("quality/min_head"), "quality.min_head"),
        (without("rules/badge.worn"), "badge.worn"),
        (without("rules/badge.worn/clause"), "clause"),
        (without("colours/orange"), "orange"),
        (without("shots/shoes"), "shoes"),
        (changed("name", ""), "name"),
        (changed("version", 2026.1), "version"),
        (changed("colour", {}), "colour"),
        (changed("shots/selfie/badge.wron", "required"), "badge.wron"),
        (changed("shots/selfie/badge.worn", "sometimes"), "badge.worn"),
        (changed("shots/portrait", {}), "portrait"),
        (changed("work_order", ["selfie", "lunch"]), "work_order"),
        (changed("quality/max_dark", 1.5), "quality.max_dark"),
        (changed("quality/max_glare", float("nan")), "quality.max_glare"),
        (changed("quality/min_sharpness", "sharp"), "quality.min_sharpness"),
        (changed("quality/min_nose", 3), "quality.min_nose"),
        (changed("rules/helmet.colour/pass_share", -0.1), "pass_share"),
        (changed("rules/helmet.colour/fail_share", 0.99), "fail_share"),
        (changed("rules/helmet.colour/colours", []), "helmet.colour"),
        (changed("colours/grey/chroma", [60, 12]), "grey.chroma"),
        (changed("colours/red/hue", [345, 999]), "red.hue"),
        (changed("rules/helmet.colour/colours", ["mauve"]), "mauve"),
        (changed("rules/shoes.covers/min_feet", 0), "min_feet"),
        (changed("rules/helmet.shiny", {"clause": "x"}), "helmet.shiny"),
        (changed("colours/red", {"hue": [1, 2, 3]}), "colours.red.hue"),
        (changed("colours/red", {"hew": [1, 2]}), "colours.red.hew"),
        (changed("colours/red", {"hue": ["a", "b"]}), "colours.red.hue"),
    ],
)
def test_broken_policy_names_the_field(tmp_path: Path, data: Any, named: str) -> None:
    path = write(tmp_path, data)
    with pytest.raises(PolicyError) as caught:
        read_policy(path)
    assert caught.value.code == "policy.invalid"
    assert named in caught.value.message
    assert str(path) in caught.value.message

    result = run.invoke(app, ["policy", "check", str(path)])
    assert result.exit_code == 2
    assert "policy.invalid" in result.stderr


def test_policy_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    with pytest.raises(PolicyError) as caught:
        read_policy(path)
    assert caught.value.code == "policy.invalid"


@pytest.mark.parametrize("make", [lambda folder: folder / "no.yaml", lambda folder: folder])
def test_missing_policy(tmp_path: Path, make: Any) -> None:
    path = make(tmp_path)
    with pytest.raises(PolicyError) as caught:
        read_policy(path)
    assert caught.value.code == "policy.missing"
    assert str(path) in caught.value.message


def test_what_show_prints_check_accepts(tmp_path: Path) -> None:
    shown = run.invoke(app, ["policy", "show"])
    assert shown.exit_code == 0
    path = write(tmp_path, shown.stdout)
    assert read_policy(path) == default_policy()

    checked = run.invoke(app, ["policy", "check", str(path)])
    assert checked.exit_code == 0
    assert "telecom" in checked.stdout
    assert run.invoke(app, ["policy", "show", str(path)]).stdout == shown.stdout


def test_changed_copy_is_read(tmp_path: Path) -> None:
    policy = read_policy(write(tmp_path, changed("shots/selfie/badge.worn", "advisory")))
    assert policy.shots[Shot.SELFIE][RuleId.BADGE_WORN] is Weight.ADVISORY
