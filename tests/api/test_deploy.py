"""The compose file and the settings it hands to the service fit each other."""

import re
from pathlib import Path

import yaml

from api.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"


def test_compose_file_sets_what_the_service_reads() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    environment = yaml.safe_load(text)["services"]["ppe"]["environment"]
    filled = {
        name.removeprefix("PPE_").lower(): re.sub(r"\$\{\w+:\?[^}]*\}", "3f9c1d", value)
        for name, value in environment.items()
    }
    settings = Settings.model_validate(filled)
    assert settings.database_address == "postgresql://ppe:3f9c1d@postgres/ppe"
    assert settings.store_address == "s3://ppe-photos"


def test_no_secret_has_a_default() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+)", text))
    assert re.findall(r"\$\{\w+:\?", text)
    assert len(re.findall(r"\$\{\w+:\?", text)) == len(re.findall(r"\$\{", text))
    example = (DEPLOY / "env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == asked


def test_image_gets_every_package() -> None:
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    for name in ("api", "datasets", "edge", "models", "vision", "pyproject.toml", "LICENSE"):
        assert f"!{name}" in ignore
