"""The mail server of the settings: its address, how it is reached, and who logs in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from xtiger.errors import SettingInvalid
from xtiger.model.mailing.recipients import is_mail_address
from xtiger.model.secret import Secret, hide

#: starttls: in the clear until both agree on a cipher, then never; tls: from the first byte on;
#: none: in the clear, for a server of the same machine.
Security = Literal["starttls", "tls", "none"]
_SCHEMES: Final[dict[str, tuple[Security, int]]] = {
    "smtp": ("starttls", 587),
    "smtps": ("tls", 465),
    "smtp+plain": ("none", 25),
}
#: Names of this machine: to them nothing leaves it in the clear.
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
#: The setting, as errors name it.
SETTING: Final = "XTIGER_MAIL_SERVER"
#: Every setting about mail that holds no secret.
VARIABLES: Final = ("XTIGER_MAIL_FROM", "XTIGER_MAIL_TO", "XTIGER_PAGES_URL")
_NONE: Final = Secret("")
_FIX: Final = "Write it like smtp://user:password@mail.example.com:587 (smtps:// for TLS at once)."


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: Secret = _NONE
    #: A file of certificates to trust in place of the system's; None for the system's.
    trusted: Path | None = None

    @property
    def shown(self) -> str:
        """The server for people, without user and password."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """What the settings say of mails."""

    #: The address of the mail server (XTIGER_MAIL_SERVER); "" where a function of the CRM sends.
    server: Secret = _NONE
    #: Whose name stands in the mails (XTIGER_MAIL_FROM).
    sender: str = ""
    #: Administrators, who get the usual mails without being asked (XTIGER_MAIL_TO).
    administrators: tuple[str, ...] = ()
    #: Where the pages are, without a slash at the end (XTIGER_PAGES_URL).
    pages_url: str = ""

    def __post_init__(self) -> None:
        """Hide the address of the server, which may be given as a plain text."""
        hide(self, "server")


def mail_settings(values: Mapping[str, str], server: Secret) -> MailSettings:
    """The settings about mail; raises SettingInvalid naming the variable and the fix."""
    found = mail_server(server)
    sender = values.get("XTIGER_MAIL_FROM", "").strip()
    named = values.get("XTIGER_MAIL_TO", "").split(",")
    administrators = tuple(one.strip() for one in named if one.strip())
    if found is not None and not sender:
        raise SettingInvalid(
            "XTIGER_MAIL_FROM", "is missing", "Name the address that mails come from."
        )
    for name, addresses in (
        ("XTIGER_MAIL_FROM", (sender,) if sender else ()),
        ("XTIGER_MAIL_TO", administrators),
    ):
        if not all(is_mail_address(one) for one in addresses):
            fix = "Write it like xero@example.com, without a name."
            raise SettingInvalid(name, "holds what is no mail address", fix)
    pages = values.get("XTIGER_PAGES_URL", "").strip().rstrip("/")
    if pages and not pages.startswith(("http://", "https://")):
        fix = "Give one like https://crm.example.com, as the blueprint is mounted."
        raise SettingInvalid("XTIGER_PAGES_URL", "is no http address", fix)
    return MailSettings(server, sender, administrators, pages)


def mail_server(address: Secret) -> MailServer | None:
    """The server of an address of the settings; None where there is none.

    Raises SettingInvalid, whose sentence never holds the password.
    """
    if not address:
        return None
    try:
        parts = urlsplit(address.reveal().strip())
        host, port = parts.hostname or "", parts.port
        scheme, query = parts.scheme.lower(), parse_qs(parts.query)
    except ValueError:
        raise SettingInvalid(SETTING, "cannot be read as an address", _FIX) from None
    if scheme not in _SCHEMES or not host:
        raise SettingInvalid(SETTING, "is no address of a mail server", _FIX)
    security, usual = _SCHEMES[scheme]
    if parts.username and security == "none" and host not in _LOCAL:
        raise SettingInvalid(SETTING, "would send the password in the clear", _FIX)
    trusted = query.get("trusted", [""])[0]
    return MailServer(
        host,
        port or usual,
        security,
        unquote(parts.username or ""),
        Secret(unquote(parts.password or "")),
        Path(trusted) if trusted else None,
    )
