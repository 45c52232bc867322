"""Errors in words for the face that shows them: a browser has buttons and no command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from xtiger.errors import (
    MISMATCHES,
    ExtensionRefused,
    OtherCrm,
    SettingInvalid,
    UndoRefused,
    XTigerError,
)
from xtiger.i18n.kept_text import is_kept, respoken
from xtiger.i18n.language import Language
from xtiger.model.plans import Face

#: The first words of our commands; after "Run" or a colon any word is one, as of an extension.
COMMAND_WORDS = (
    "accounts",
    "calls",
    "changes",
    "config",
    "conflicts",
    "connect",
    "connect-crm",
    "connections",
    "credit",
    "demo",
    "disconnect",
    "extensions",
    "get",
    "health",
    "historical",
    "host",
    "invoice",
    "link",
    "list",
    "log",
    "mail",
    "mapping",
    "modules",
    "needs",
    "notices",
    "plan",
    "privacy",
    "queue",
    "receivers",
    "reconcile",
    "reset",
    "resync",
    "route",
    "runs",
    "sandbox",
    "send",
    "service",
    "start",
    "sync",
    "taxes",
    "terms",
    "tick",
    "twins",
    "undo",
    "unlink",
    "verify",
    "wipe",
    "worker",
)
#: What nobody can do in a browser: a command, an option, a variable, a call of the library.
COMMANDS = re.compile(
    rf"\bxtiger (?:{'|'.join(COMMAND_WORDS)})\b|"
    r"(?:(?<=: )|(?<=Run )|(?<=Use )|(?<=See ))xtiger [a-z]|(?<!\S)--[a-z]|\bXTIGER_[A-Z_]+"
    r"|\b(?:blueprint|for_tenant|worker_of)\b"
    r"|\bpip (?:un)?install\b|-m pip\b"
)
#: Sentences that say nothing once their command is gone.
_POINTERS = ("See", "Run", "Name", "Use")


#: Code → what a browser says instead of the error's own sentence; {names} are its attributes.
BROWSER: Mapping[str, str] = MappingProxyType(
    {
        "xero_unreachable": (
            "Xero cannot be reached now. Nothing was sent. Try again in a minute; if it stays, ask "
            "your administrator to check the network."
        ),
        "answer_unknown": (
            "Xero did not answer. What arrived there is looked up before anything is sent again."
        ),
        "store_unavailable": (
            "XTiger's database cannot be used. Nothing was written. Ask your administrator to look "
            "at it."
        ),
        "store_full": (
            "The disk of XTiger's database is full. Nothing was written by halves. Ask your "
            "administrator to make room on it, then try again."
        ),
        "store_damaged": (
            "XTiger's database is damaged. Ask your administrator to put back its last backup."
        ),
        "store_locked": (
            "XTiger's database is in use by something else. Nothing was written. Try again in a "
            "minute."
        ),
        "store_missing": (
            "XTiger's database is not where it was. Ask your administrator to put it back."
        ),
        "store_away": (
            "XTiger's database does not answer now. Nothing was written by halves. Try again in a "
            "minute."
        ),
        "store_read_only": (
            "XTiger's database takes no writes. Nothing was written. Ask your administrator to "
            "look at it."
        ),
        "host_tables_missing": (
            "XTiger's tables are missing in the database of {crm}, and it may not make them. "
            "Nothing was sent. Ask your administrator to make them."
        ),
        "not_connected": (
            "No Xero organisation is connected. Ask your administrator to connect one on the "
            "overview page of Xero."
        ),
        "tenant_missing": (
            "This CRM has several customers, and this page does not know for which one it is. "
            "Nothing is shown or changed. Ask your administrator to set up the pages of XTiger."
        ),
        "tenant_crossed": (
            "This page asked for another customer of the CRM. Nothing is shown or changed. Ask "
            "your administrator; the log says where."
        ),
        "connection_ended": (
            "The connection to {connection_name} has ended ({reason}). Nothing is lost. Ask your "
            "administrator to press “Connect again” on the overview page of Xero."
        ),
        "credentials_refused": (
            "Xero refuses the app of this CRM ({reason}). Ask your administrator to correct its "
            "client id and secret."
        ),
        "consent_refused": (
            "Xero's permission was not given: {reason}. Begin again on the overview page of Xero."
        ),
        "scope_missing": (
            "The permission given at Xero does not cover {operation}. Ask your administrator to "
            "press “Connect again” on the overview page of Xero, and to allow all that is asked."
        ),
        "too_many_changes": (
            "This would change or remove {changes} of {linked} linked records of {module} at once. "
            "Nothing was written. Ask your administrator to look at it on the overview page of "
            "Xero, and to release it there."
        ),
        "mapping_missing": (
            "No mapping is saved for {module}; nothing moves before. Ask your administrator to "
            "save it on the overview page of Xero."
        ),
        "configuration_invalid": (
            "The configuration cannot be applied. Ask your administrator to correct it and to "
            "apply it again."
        ),
        "mapping_invalid": (
            "The mapping of {module} cannot be used. Ask your administrator to correct it and to "
            "save it again."
        ),
        "terms_not_accepted": (
            "The terms are not accepted yet. Ask your administrator to accept them on the overview "
            "page of Xero."
        ),
        "start_unanswered": (
            "Nothing was sent to {connection_name}: its first questions are not answered yet. "
            "Ask your administrator to answer them on the page Start."
        ),
        "plan_not_seen": (
            "Nothing was sent to {connection_name}: look at what the first sync would do. Ask "
            "your administrator to open its plan on the page Start."
        ),
        "first_ten_not_seen": (
            "The first ten records were sent to {connection_name}. Look at them there and in the "
            "CRM; then your administrator presses “Send the rest” on the page Start."
        ),
        "broken_extension": (
            "The extension {extension} failed. Ask your administrator to look into the log, and to "
            "switch the extension off or update it."
        ),
        "broken_host": (
            "The CRM failed where XTiger worked with it. Nothing was sent for it. Ask your "
            "administrator; the log says where."
        ),
    }
)


def spoken_error(error: XTigerError, words: Language, face: Face = "browser") -> str:
    """What an error says on this face: with commands on the command line alone."""
    if face == "command":
        return str(error)
    if isinstance(error, OtherCrm):
        fix = words.translate("Ask your administrator to decide on the overview page of Xero.")
        return f"{words.sentence(MISMATCHES[error.why], crm=error.crm)} {fix}"
    if isinstance(error, SettingInvalid) and is_kept(error.reason):
        said = f"{error.name} {respoken(error.reason, words)}. {respoken(error.fix, words)}"
        return without_commands(said, words)
    if isinstance(error, SettingInvalid) and COMMANDS.search(str(error)):
        return words.translate(
            "A setting of XTiger is missing or cannot be used. Ask your administrator to look "
            "into the log."
        )
    if isinstance(error, ExtensionRefused):
        return without_commands(_refusal(error, words), words)
    if isinstance(error, UndoRefused):
        return without_commands(_translated(str(error), words), words)
    sentence = BROWSER.get(error.code)
    if sentence is None:
        return without_commands(str(error), words)
    return words.sentence(sentence, **vars(error))


def _refusal(error: ExtensionRefused, words: Language) -> str:
    """What an extension is refused for, in the language of the person."""
    reason, fix = (
        words.sentence(text, **error.values) if error.values else _translated(text, words)
        for text in error.texts
    )
    return " ".join(part for part in (f"{error.extension}: {reason}.", fix) if part)


def _translated(text: str, words: Language) -> str:
    """A whole sentence of the catalogue, or one that was kept with its values."""
    found = words.translate(text)
    return respoken(text, words) if found == text else found


def without_commands(text: str, words: Language) -> str:
    """A text that was kept for all faces, such as a run's error, as a browser shows it."""
    if not COMMANDS.search(text):
        return text
    kept = []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        command = COMMANDS.search(sentence)
        if command is None:
            kept.append(sentence)
            continue
        head = sentence[: command.start()].rstrip()
        if head.endswith(":") and not head.startswith(_POINTERS):
            kept.append(f"{head[:-1]}.")
    return " ".join([*kept, words.translate("Ask your administrator.")])
