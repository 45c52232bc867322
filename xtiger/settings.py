"""Settings of the installation, from a settings object, the environment or the home's file."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from xtiger.errors import SettingInvalid
from xtiger.model.configured_start import VARIABLES, ConfiguredStart, configured_start
from xtiger.model.disk import file_trouble
from xtiger.model.log.keep_times import KeepTimes
from xtiger.model.mailing.servers import VARIABLES as MAIL_VARIABLES
from xtiger.model.mailing.servers import MailSettings, mail_settings
from xtiger.model.secret import Secret, hide

#: Xero's own addresses; XTIGER_XERO_URL replaces all three by one.
LOGIN_URL = "https://login.xero.com"
IDENTITY_URL = "https://identity.xero.com"
API_URL = "https://api.xero.com"

#: Xero's tiers of an app that have a price.
TIER_NAMES = ("starter", "core", "plus", "advanced")
#: Name of the settings file in XTIGER_HOME: keys are the variables without `XTIGER_`, lower case.
SETTINGS_FILE = "xtiger.toml"
KEY_FILE = "secret.key"
#: Every variable that may stand in the file.
_VARIABLES = frozenset(
    {
        "XTIGER_DATABASE_URL",
        "XTIGER_SECRET_KEY",
        "XTIGER_XERO_CLIENT_ID",
        "XTIGER_XERO_CLIENT_SECRET",
        "XTIGER_XERO_URL",
        "XTIGER_HOST",
        "XTIGER_LOCALE",
        "XTIGER_SAFE_MODE",
        "XTIGER_NEW_EXTENSIONS",
        "XTIGER_XERO_TIER",
        "XTIGER_XERO_XTID",
        "XTIGER_XERO_WEBHOOK_KEY",
        "XTIGER_KEEP_LOG",
        "XTIGER_MAIL_SERVER",
        *VARIABLES,
        *MAIL_VARIABLES,
    }
)

#: What to do about what is no XTID.
XTID_FIX = "Copy it from the page of your app at Xero: letters, digits, - and _, such as x30mycrm."
#: Variables whose values are shown nowhere.
_SECRETS = (
    "XTIGER_SECRET_KEY",
    "XTIGER_XERO_CLIENT_SECRET",
    "XTIGER_XERO_WEBHOOK_KEY",
    "XTIGER_MAIL_SERVER",
)
_NONE = Secret("")
_UNSAID = ConfiguredStart()
#: What an XTID may be: it becomes part of addresses.
_XTID = re.compile(r"[A-Za-z0-9_-]{1,60}")
_KEPT = KeepTimes()
_NO_MAIL = MailSettings()
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
#: What a project may be called: the name of its folder.
_PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the library takes from outside; see docs/settings.md."""

    #: Folder for the database, key, settings file and installed extensions (XTIGER_HOME).
    home: Path
    #: SQLAlchemy address of the store (XTIGER_DATABASE_URL); a file in home by default.
    database_url: str
    #: Fernet keys, newest first, separated by commas (XTIGER_SECRET_KEY); "" keeps one in home.
    secret_key: Secret = _NONE
    #: The Xero app (XTIGER_XERO_CLIENT_ID, XTIGER_XERO_CLIENT_SECRET).
    xero_client_id: str = ""
    xero_client_secret: Secret = _NONE
    #: One base address in place of Xero's hosts, for the sandbox (XTIGER_XERO_URL).
    xero_url: str = ""
    #: "package.module:factory" that returns the Host, for CLI and workers (XTIGER_HOST).
    host: str = ""
    #: en, de or fr (XTIGER_LOCALE).
    locale: str = "en"
    #: Load only the built-in extension (XTIGER_SAFE_MODE=1).
    safe_mode: bool = False
    #: The app's tier at Xero (XTIGER_XERO_TIER), one of TIER_NAMES; "" when nobody said.
    xero_tier: str = ""
    #: Signing keys of webhooks, with commas between (XTIGER_XERO_WEBHOOK_KEY); "": none are taken.
    xero_webhook_key: Secret = _NONE
    #: What the first day's questions are answered with (XTIGER_START_FROM and its sisters).
    start: ConfiguredStart = _UNSAID
    #: Whether what pip installed is on as soon as it is seen (XTIGER_NEW_EXTENSIONS=off: not).
    new_extensions_on: bool = True
    #: The app's referral id at Xero (XTIGER_XERO_XTID); "": links to Xero carry none.
    xero_xtid: str = ""
    #: How many days the log keeps its rows, by their result (XTIGER_KEEP_LOG="90, failed=365").
    keep_log: KeepTimes = _KEPT
    #: How mails are sent, and where their links lead (XTIGER_MAIL_SERVER and its sisters).
    mail: MailSettings = _NO_MAIL

    if TYPE_CHECKING:

        def __init__(
            self,
            home: Path,
            database_url: str,
            secret_key: str | Secret = "",
            xero_client_id: str = "",
            xero_client_secret: str | Secret = "",
            xero_url: str = "",
            host: str = "",
            locale: str = "en",
            safe_mode: bool = False,
            xero_tier: str = "",
            xero_webhook_key: str | Secret = "",
            start: ConfiguredStart = ...,
            new_extensions_on: bool = True,
            xero_xtid: str = "",
            keep_log: KeepTimes = ...,
            mail: MailSettings = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        """Hide the secrets, which may be given as plain texts."""
        hide(self, "secret_key", "xero_client_secret", "xero_webhook_key")

    @property
    def webhook_keys(self) -> tuple[Secret, ...]:
        """The signing keys; with several, what any of them signed is taken."""
        keys = self.xero_webhook_key.reveal().split(",")
        return tuple(Secret(key.strip()) for key in keys if key.strip())

    @property
    def authorize_url(self) -> str:
        """Where the consent page is."""
        return f"{self.xero_url or LOGIN_URL}/identity/connect/authorize"

    @property
    def token_url(self) -> str:
        """Where codes and refresh tokens are exchanged."""
        return f"{self.xero_url or IDENTITY_URL}/connect/token"

    @property
    def revocation_url(self) -> str:
        """Where a refresh token is revoked."""
        return f"{self.xero_url or IDENTITY_URL}/connect/revocation"

    @property
    def connections_url(self) -> str:
        """Where the organisations of a token are listed."""
        return f"{self.xero_url or API_URL}/connections"

    @property
    def accounting_url(self) -> str:
        """The base of the Accounting API."""
        return f"{self.xero_url or API_URL}/api.xro/2.0"


def _given(environment: Mapping[str, str] | None) -> dict[str, str | Secret]:
    """Our variables of an environment (None: the process's), those without a value left out."""
    found = os.environ if environment is None else environment
    return {
        name: Secret(found[name]) if name in _SECRETS else found[name]
        for name in (*_VARIABLES, "XTIGER_HOME")
        if found.get(name)
    }


def _parted(both: Mapping[str, str | Secret]) -> tuple[dict[str, str], dict[str, Secret]]:
    """What may be shown, and what may not."""
    shown = {name: value for name, value in both.items() if value and isinstance(value, str)}
    hidden = {name: value for name, value in both.items() if isinstance(value, Secret)}
    return shown, hidden


def _file_values(home: Path) -> dict[str, str | Secret]:
    path = home / SETTINGS_FILE
    try:
        found = {key: _hidden(key, value) for key, value in tomllib.loads(_text(path)).items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason, fix = file_trouble(error, path)
        raise SettingInvalid(str(path), f"cannot be read: {reason}", fix) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingInvalid(str(path), f"cannot be read ({error})", "Mend or remove it.") from None
    values: dict[str, str | Secret] = {}
    for key, value in found.items():
        if f"XTIGER_{key.upper()}" not in _VARIABLES:
            known = ", ".join(sorted(_line(name) for name in _VARIABLES))
            raise SettingInvalid(str(path), f"has the unknown line {key}", f"Known are: {known}.")
        if not isinstance(value, str | bool | int | date | Secret):
            raise SettingInvalid(str(path), f"has no text at {key}", f'Write {key} = "…".')
        values[f"XTIGER_{key.upper()}"] = value if isinstance(value, Secret) else str(value)
    return values


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _hidden(key: str, value: object) -> object:
    """The value of a line of the file, out of sight where nobody may see it."""
    secret = f"XTIGER_{key.upper()}" in _SECRETS and isinstance(value, str | bool | int)
    return Secret(str(value)) if secret else value


def _line(variable: str) -> str:
    return variable.removeprefix("XTIGER_").lower()


def home_of(environment: Mapping[str, str]) -> Path:
    """The home of a project: where XTIGER_HOME says, else by its name, XTIGER_PROJECT.

    Without either it is the user's own, which two projects of one user would share. Raises
    SettingInvalid for what is no name.
    """
    named, project = environment.get("XTIGER_HOME"), environment.get("XTIGER_PROJECT")
    users = Path("~/.xtiger").expanduser()
    if named:
        return Path(named).expanduser()
    if not project:
        return users
    if not _PROJECT.fullmatch(project):
        raise SettingInvalid(
            "XTIGER_PROJECT",
            f"is {project[:80]!r}",
            "Use a name of letters, digits, - and _, such as my-crm.",
        )
    return users / "projects" / project


def is_xtid(text: str) -> bool:
    """Whether a text may be an app's referral id at Xero, such as x30mycrm."""
    return _XTID.fullmatch(text) is not None


def load_settings(
    environment: Mapping[str, str] | None = None, home: Path | None = None
) -> Settings:
    """Settings from the environment, then the home's xtiger.toml, then the defaults.

    Raises SettingInvalid naming the variable and the fix.
    """
    # The environment is no local: a trace with locals would show its secrets.
    place = home or home_of(os.environ if environment is None else environment)
    values, secrets = _parted({**_file_values(place), **_given(environment)})
    locale = values.get("XTIGER_LOCALE", "en")[:2].lower()
    if locale not in ("en", "de", "fr"):
        raise SettingInvalid("XTIGER_LOCALE", f"is {locale!r}", "Use en, de or fr.")
    url = values.get("XTIGER_XERO_URL", "").rstrip("/")
    if url and not url.startswith(("http://", "https://")):
        raise SettingInvalid(
            "XTIGER_XERO_URL", "is no http address", "Give one like http://localhost:8700."
        )
    tier = values.get("XTIGER_XERO_TIER", "").lower()
    if tier and tier not in TIER_NAMES:
        known = ", ".join(TIER_NAMES)
        raise SettingInvalid("XTIGER_XERO_TIER", f"is {tier!r}", f"Use one of: {known}.")
    return Settings(
        home=place,
        database_url=values.get("XTIGER_DATABASE_URL") or f"sqlite:///{place / 'xtiger.db'}",
        secret_key=secrets.get("XTIGER_SECRET_KEY", _NONE),
        xero_client_id=values.get("XTIGER_XERO_CLIENT_ID", ""),
        xero_client_secret=secrets.get("XTIGER_XERO_CLIENT_SECRET", _NONE),
        xero_url=url,
        xero_tier=tier,
        xero_xtid=_xtid(values),
        host=values.get("XTIGER_HOST", ""),
        locale=locale,
        safe_mode=values.get("XTIGER_SAFE_MODE", "").lower() in _YES,
        xero_webhook_key=secrets.get("XTIGER_XERO_WEBHOOK_KEY", _NONE),
        start=configured_start(values),
        new_extensions_on=_new_extensions_on(values),
        keep_log=_keep_log(values.get("XTIGER_KEEP_LOG", "")),
        mail=mail_settings(values, secrets.get("XTIGER_MAIL_SERVER", _NONE)),
    )


def _xtid(values: Mapping[str, str]) -> str:
    said = values.get("XTIGER_XERO_XTID", "").strip()
    if said and not is_xtid(said):
        raise SettingInvalid("XTIGER_XERO_XTID", f"is {said[:80]!r}", XTID_FIX)
    return said


def _keep_log(typed: str) -> KeepTimes:
    try:
        return KeepTimes.parse(typed)
    except ValueError as error:
        raise SettingInvalid(
            "XTIGER_KEEP_LOG",
            f"has {str(error)[:80]!r}",
            "Give days, and those of results that have their own: 90, failed=365.",
        ) from None


def _new_extensions_on(values: Mapping[str, str]) -> bool:
    said = values.get("XTIGER_NEW_EXTENSIONS", "on").lower()
    if said not in (*_YES, *_NO):
        raise SettingInvalid("XTIGER_NEW_EXTENSIONS", f"is {said[:80]!r}", "Use on or off.")
    return said in _YES


def private_folder(path: Path) -> None:
    """Make a folder that only its owner may enter; one that is there stays as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def private_file(path: Path) -> None:
    """Make an empty file that only its owner may read (mode 600); one that is there becomes so."""
    private_folder(path.parent)
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)


def write_settings_file(home: Path, values: Mapping[str, str]) -> Path:
    """Write xtiger.toml (mode 600) with these variables; names as in the environment.

    Raises SettingInvalid when it cannot be written.
    """
    path = home / SETTINGS_FILE
    lines = [f"{_line(name)} = {_quoted(value)}\n" for name, value in sorted(values.items())]
    try:
        private_file(path)
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        reason, fix = file_trouble(error, path)
        raise SettingInvalid(str(path), f"cannot be written: {reason}", fix) from error
    return path


def set_in_file(home: Path, values: Mapping[str, str]) -> Path:
    """Set some variables in xtiger.toml and keep the others.

    Raises SettingInvalid when it cannot be read or written.
    """
    there = {
        name: value.reveal() if isinstance(value, Secret) else value
        for name, value in _file_values(home).items()
    }
    return write_settings_file(home, {**there, **values})


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are among TOML's, but for one sign that TOML forbids bare."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
