"""Settings of the agent, from the environment (`PPE_EDGE_…`) and the command line."""

from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from edge.agent.errors import EdgeError
from edge.agent.filing import Login, Number
from vision import Shot

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class StateOnly(BaseSettings):
    """What it takes to look at a queue."""

    model_config = SettingsConfigDict(env_prefix="PPE_EDGE_", extra="forbid")

    state: Path = Field(default=Path("ppe-edge"), description="folder of the queue")


class EdgeSettings(StateOnly):
    """What is watched, where it goes, how patiently."""

    service: str | None = Field(
        default=None, description="address of the service; left out, photos are only kept"
    )
    key: SecretStr | None = Field(default=None, description="API key; never logged")
    key_file: Path | None = Field(default=None, description="file with the API key, instead of key")
    allow_http: bool = Field(
        default=False, description="send the key unencrypted to a service on another machine"
    )
    inbox: Path | None = Field(default=None, description="folder that is watched")
    camera: str | None = Field(
        default=None, description="number, device or address of the camera of a kiosk"
    )

    work_order: Number | None = Field(
        default=None, description="work order of photos that name none"
    )
    technician: Login | None = Field(
        default=None, description="login of the technician of photos that name none"
    )
    shot: Shot | None = Field(default=None, description="shot of photos that name none")

    settle_s: float = Field(
        default=2, ge=0, description="a file that has not changed for so long is complete"
    )
    scan_s: float = Field(default=1, gt=0, description="how often the folder is looked at")
    timeout_s: float = Field(default=60, gt=0, description="patience with an answer")
    update_s: float = Field(
        default=3600, ge=0, description="how often network and policy are asked for; 0 is never"
    )
    keep_days: float = Field(
        default=90, ge=0, description="days an answered photo is remembered, so as not to repeat it"
    )
    reserve_mb: int = Field(
        default=200, ge=0, description="megabytes left free; with less no photo is taken"
    )
    threads: int = Field(default=0, ge=0, description="cores to check with; 0 is all")
    page_host: str = Field(default="127.0.0.1", description="address of the kiosk's page")
    page_port: int = Field(
        default=8765, ge=0, le=65535, description="port of the kiosk's page; 0 is no page"
    )
    language: str = Field(
        default="zh-CN", pattern=r"^(en|zh-CN)$", description="of the kiosk's page: en or zh-CN"
    )

    @classmethod
    def read(cls, **given: Any) -> Self:
        """From what was given, else the environment, else the defaults.

        Raises:
            EdgeError: `edge.settings_invalid`.
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except (ValidationError, ValueError) as error:
            # Without the value that was given: it could be the key.
            details = (
                error.errors(include_input=False) if isinstance(error, ValidationError) else []
            )
            text = "; ".join(
                f"PPE_EDGE_{'_'.join(str(part) for part in d['loc']).upper()}: {d['msg']}".replace(
                    "PPE_EDGE_: ", ""
                )
                for d in details
            )
            raise EdgeError("edge.settings_invalid", text or type(error).__name__) from None

    @field_validator("service")
    @classmethod
    def _address(cls, address: str | None) -> str | None:
        if address is None:
            return None
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("this is no http(s) address")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("an address without name, password, query or fragment is needed")
        return address.rstrip("/")

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.service is None:
            return self
        if (self.key is None) == (self.key_file is None):
            raise ValueError("a service needs PPE_EDGE_KEY or PPE_EDGE_KEY_FILE, one of the two")
        parts = urlsplit(self.service)
        if parts.scheme == "http" and parts.hostname not in LOCAL and not self.allow_http:
            raise ValueError(
                "http would send the key unencrypted: use https, or set PPE_EDGE_ALLOW_HTTP=1"
            )
        return self

    def api_key(self) -> str:
        """The API key itself.

        Raises:
            EdgeError: `edge.settings_invalid`, the file cannot be read.
        """
        if self.key is not None:
            return self.key.get_secret_value().strip()
        if self.key_file is None:
            raise EdgeError("edge.settings_invalid", "there is no API key: set PPE_EDGE_KEY_FILE")
        try:
            return self.key_file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise EdgeError(
                "edge.settings_invalid", f"cannot read the key file {self.key_file}"
            ) from error
