"""Settings: safe defaults, and a refusal of secrets everybody knows."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import Settings


def test_nothing_needs_to_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings()
    assert settings.database_address == "sqlite:///ppe-data/ppe.sqlite3"
    assert settings.store_address == "ppe-data/photos"


def test_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PPE_DATA_DIR", "/srv/ppe")
    monkeypatch.setenv("PPE_KEEP_DAYS_PASS", "7")
    settings = Settings()
    assert settings.data_dir == Path("/srv/ppe")
    assert settings.keep_days_pass == 7


@pytest.mark.parametrize(
    "changes",
    [
        {"database_url": "postgresql://ppe:postgres@db/ppe"},
        {"database_url": "postgresql://ppe:ChangeMe@db/ppe"},
        {"database_url": "no address"},
        {"s3_key": "k", "s3_secret": "minioadmin"},
        {"s3_key": "k"},
        {"timezone": "Asia/Nowhere"},
        {"workers": 0},
        {"near_distance": 4},
    ],
)
def test_bad_settings_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(changes)


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PPE_DATABASE_URL", "postgresql://ppe:kX8-vQ2@db/ppe")
    assert "kX8" not in repr(Settings())
