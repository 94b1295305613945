"""The TOML file of the settings, read without the settings library: the first frame needs the keys in it."""

import os
import tomllib
from pathlib import Path
from typing import Any

from screens.words import _
from store.errors import StoreError


class BadSetting(StoreError):
    """A setting cannot be used; its text is the whole sentence and never repeats the value."""

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(
            _("The setting {setting} cannot be used: {reason}.").format(setting=setting, reason=reason)
        )
        self.setting = setting
        self.reason = reason


OF_THE_HOST = Path("/etc/ccms-tui/config.toml")


def config_path() -> Path | None:
    """The file in force: `CCMS_TUI_CONFIG`, else the user's own (XDG), else the host's, if there is one."""
    named = os.environ.get("CCMS_TUI_CONFIG")
    if named:
        return Path(named)
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    usual = home / "ccms-tui" / "config.toml"
    return next((path for path in (usual, OF_THE_HOST) if path.is_file()), None)


def read_config() -> dict[str, Any]:
    """What the file says; empty when there is none. Raises: BadSetting."""
    path = config_path()
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        reason = _("there is no file {path}; write it or unset the variable").format(path=path)
    except OSError as error:
        reason = _("{path} cannot be read ({error})").format(path=path, error=error.strerror)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reason = _("{path} is not TOML ({error})").format(path=path, error=error)
    raise BadSetting("CCMS_TUI_CONFIG", reason)


def database_url() -> str:
    """The database as it is set, unchecked; empty when it is left to the default. Raises: BadSetting."""
    return os.environ.get("CCMS_TUI_DATABASE_URL") or str(read_config().get("database_url", ""))


def read_keymap() -> dict[str, str]:
    """The operator's own keys by command name. Raises: BadSetting."""
    keys = read_config().get("keys", {})
    if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys.values()):
        raise BadSetting("keys", _('it must be a table of command names and keys, such as edit_email = "E"'))
    return keys
