"""The settings: `CCMS_TUI_*` in the environment over one TOML file; a bad value is named in one sentence."""

import os
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from ccms_tui.config_file import BadSetting, read_config
from ccms_tui.enrol_limits import A_MINUTE, MOST, MOST_EACH
from ccms_tui.mail_target import SmtpTarget, parse_target
from screens.words import _

PREFIX = "CCMS_TUI_"


def data_directory() -> Path:
    """Where the desk keeps its files unless told otherwise (XDG base directories)."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "ccms-tui"


class Settings(BaseSettings):
    """What the desk is told from outside."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", env_ignore_empty=True, frozen=True)

    database_url: str = Field(default_factory=lambda: f"sqlite:///{data_directory() / 'desk.db'}")
    """The database: `sqlite:///FILE` or `postgresql://user:password@host/name`."""

    key_file: Path = Field(default_factory=lambda: data_directory() / "desk.key")
    """The file with the desk's key, readable by its owner only. Without it no code can be made or checked."""

    smtp_url: SecretStr | None = None
    """The server that takes the desk's mail: `smtp://user:password@host:port?tls=required|implicit|none`."""

    smtp_ca_file: Path | None = None
    """Certificates (PEM) to trust for that server instead of the system's own."""

    mail_from: str = "CCMS registration desk <ccms-registration@localhost>"
    """Who the mail comes from, as `Name <address>`."""

    mail_connections: int = Field(default=4, ge=1, le=16)
    """How many connections to the server are held at once."""

    mail_timeout: float = Field(default=25.0, gt=0, le=300)
    """Seconds one message may take, connection included, before it is deferred."""

    mail_poll: float = Field(default=2.0, gt=0, le=3600)
    """Seconds after which `mail run` looks into the queue again."""

    enrol_url: str | None = None
    """What browsers call the served enrolment terminal, such as `https://enrol.example.com`."""

    enrol_terminals: int = Field(default=MOST, ge=1, le=1000)
    """How many terminals are open at once in browsers, and as many over SSH; each takes about 60 MB."""

    enrol_terminals_per_address: int = Field(default=MOST_EACH, ge=1, le=1000)
    """How many of them one client address may have; a firm's users often share one."""

    enrol_starts_per_minute: int = Field(default=A_MINUTE, ge=1, le=1000)
    """How many new ones one client address may open in a browser within a minute."""

    password_profile: Literal["nist", "hkex-legacy"] = "nist"  # noqa: S105 - a profile, not a secret
    """What a user's regular password must be: `nist`, at least 15 characters of any kind; `hkex-legacy`, at
    least 8 of three of the four kinds (capital letters, small letters, digits, others).
    """

    keys: dict[str, str] = Field(default_factory=dict)
    """Other keys for the desk's commands: `keys = {edit_email = "E"}` in the TOML file."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        """The environment first, then what the TOML file says; nothing else."""
        return env_settings, init_settings

    @field_validator("smtp_url")
    @classmethod
    def _readable_target(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parse_target(value.get_secret_value())
        return value

    @field_validator("enrol_url")
    @classmethod
    def _an_origin(cls, value: str | None) -> str | None:
        parts = urlsplit(value) if value else None
        if parts and (parts.scheme not in ("http", "https") or value != f"{parts.scheme}://{parts.netloc}"):
            raise ValueError(_("it must be a scheme and a host only, such as https://enrol.example.com"))
        return value

    @field_validator("mail_from")
    @classmethod
    def _one_sender(cls, value: str) -> str:
        from ccms_tui.mail_render import sender_of  # noqa: PLC0415 - most commands send nothing

        sender_of(value)
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(
            ("sqlite:", "sqlite+aiosqlite:", "postgresql:", "postgresql+psycopg:", "postgres:")
        ):
            raise ValueError(_("it must begin with sqlite:/// or postgresql://"))
        return value

    @property
    def smtp_target(self) -> SmtpTarget:
        """The server that takes the desk's mail. Raises: BadSetting when none is set."""
        if self.smtp_url is None:
            raise BadSetting(
                PREFIX + "SMTP_URL",
                _("it is not set; give the mail server as smtp://user:password@host:port"),
            )
        return parse_target(self.smtp_url.get_secret_value())


def load_settings() -> Settings:
    """The settings in force. Raises: BadSetting, naming the first setting that cannot be used."""
    try:
        return Settings(**read_config())
    except ValidationError as error:
        raise _first_fault(error) from None
    except SettingsError:
        raise BadSetting(PREFIX + "KEYS", _('it must be JSON such as {"edit_email": "E"}')) from None


def _first_fault(error: ValidationError) -> BadSetting:
    fault: dict[str, Any] = dict(error.errors(include_url=False, include_input=False)[0])
    name = str(fault["loc"][0]) if fault["loc"] else "config"
    if fault["type"] == "extra_forbidden":
        return BadSetting(PREFIX + "CONFIG", _("{name} is no setting of the desk").format(name=name))
    reason = str(fault["msg"]).removeprefix("Value error, ")
    return BadSetting(PREFIX + name.upper(), reason[0].lower() + reason[1:])
