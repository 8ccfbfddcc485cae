"""Settings, read from the environment (`PPE_…`); every one has a default that is safe to use."""

import os
from functools import cached_property
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from vision.manifest import DEFAULT_MANIFEST

BUILT_PHONE_APP = Path(__file__).parents[1] / "edge" / "phone" / "dist"
"""Where `make phone` puts it in a checkout; an installed package has none."""
KNOWN_SECRETS = frozenset(
    [
        "admin",
        "administrator",
        "change",
        "changeme",
        "changeit",
        "changethis",
        "default",
        "example",
        "letmein",
        "minio",
        "minioadmin",
        "miniosecret",
        "password",
        "passw0rd",
        "postgres",
        "ppe",
        "root",
        "s3secret",
        "secret",
        "test",
        "versitygw",
        "123456",
        "12345678",
    ]
)
"""Secrets people copy out of examples; the service does not start with one of them."""


class Settings(BaseSettings):
    """Where things are kept, how much is done at once, how long photos stay."""

    model_config = SettingsConfigDict(env_prefix="PPE_", extra="forbid")

    data_dir: Path = Field(default=Path("ppe-data"), description="folder of database and photos")
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy address; left out, an SQLite file in data_dir"
    )
    photo_store: str | None = Field(
        default=None, description="folder or s3://bucket/prefix; left out, a folder in data_dir"
    )
    s3_endpoint: str | None = None
    s3_key: str | None = None
    s3_secret: SecretStr | None = None

    model_manifest: Path = Field(default=DEFAULT_MANIFEST, description="manifest of the network")
    phone_app: Path = Field(
        default=BUILT_PHONE_APP,
        description="the built phone app, served under /phone if it is there",
    )
    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1, ge=1, description="photos checked at once"
    )
    queue: int = Field(
        default=16, ge=0, description="photos that may wait; past it the answer is 503"
    )
    max_photo_bytes: int = Field(default=32 * 1024 * 1024, ge=1024)
    claim_lease_s: float = Field(
        default=60, gt=0, description="after this an unanswered Idempotency-Key may be taken over"
    )

    timezone: str = Field(default="Asia/Shanghai", description="in which days are counted")
    session_hours: float = Field(default=12, gt=0)
    cookie_secure: bool | None = Field(
        default=None,
        description="Secure flag of the session cookie; left out, set on https requests",
    )
    login_attempts: int = Field(default=5, ge=1, description="wrong passwords per name and address")
    login_window_s: int = Field(default=900, ge=1)

    hold_s: float = Field(
        default=120, gt=0, description="how long a check that somebody has open is kept from others"
    )
    sample_pass: float = Field(
        default=0.02, ge=0, le=1, description="share of PASS that is reviewed too"
    )
    near_distance: int = Field(
        default=3, ge=0, le=3, description="differing hash bits of a near-duplicate"
    )
    ask_recaptured: bool = Field(
        default=True, description="photos that may be of a screen or a print are asked about"
    )
    blur_faces: bool = Field(
        default=False, description="faces are blurred in what others than the person see"
    )
    place_tolerance_m: float = Field(default=300, ge=0)
    time_tolerance_s: int = Field(default=1800, ge=0)
    gear_reminder_days: int = Field(default=30, ge=0)

    keep_days_pass: int = Field(default=30, ge=0)
    keep_days_unsure: int = Field(default=180, ge=0)
    keep_days_fail: int = Field(default=365, ge=0)
    keep_keys_days: int = Field(
        default=30, ge=1, description="days an Idempotency-Key is remembered"
    )
    sweep_every_s: float = Field(
        default=3600, gt=0, description="how often expired photos and keys are deleted"
    )

    log_level: str = "INFO"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"there is no time zone {name!r}") from error
        return name

    @model_validator(mode="after")
    def _no_default_secrets(self) -> Self:
        secrets = {"s3_secret": self.s3_secret.get_secret_value() if self.s3_secret else None}
        try:
            secrets["database_url"] = make_url(self.database_address).password
        except ArgumentError as error:
            raise ValueError("database_url: this is no SQLAlchemy address") from error
        for name, secret in secrets.items():
            if secret is not None and secret.lower() in KNOWN_SECRETS:
                raise ValueError(f"{name}: the secret is one everybody knows; choose another")
        if (self.s3_key is None) != (self.s3_secret is None):
            raise ValueError("s3_key and s3_secret are set together or not at all")
        return self

    @property
    def database_address(self) -> str:
        """The SQLAlchemy address, the embedded default filled in."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'ppe.sqlite3'}"

    @property
    def store_address(self) -> str:
        """The photo store's address, the embedded default filled in."""
        return self.photo_store or str(self.data_dir / "photos")

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.timezone)
