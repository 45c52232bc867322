"""All errors of the library, in three families by what the caller should do."""

# size: the whole tree stands in one file, so that its families are seen together

from __future__ import annotations

import shlex
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Literal


class XTigerError(Exception):
    """Root of every error that the library raises on purpose.

    Subclasses carry their data as attributes and build the sentence in `__str__`;
    the sentence ends with the next step. No token, secret or personal data is ever in it.
    """

    #: Stable short name, shown last and in grey beside the sentence.
    code = "error"
    #: What a command ends with when this error reaches the terminal (docs/cli.md).
    exit_code = 1


class RetryLater(XTigerError):
    """The same call may succeed later; nothing is lost meanwhile."""

    code = "retry_later"
    exit_code = 4

    def __init__(self, message: str = "", *, retry_after_seconds: float = 60) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class NeedsPerson(XTigerError):
    """A person must change something before the call can succeed."""

    code = "needs_person"
    exit_code = 3

    def __init__(self, message: str = "", *, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        lines = [super().__str__(), *(f"- {problem}" for problem in self.problems)]
        return "\n".join(line for line in lines if line)


class Broken(XTigerError):
    """A bug in the library, an extension or a host: shown with its full trace."""

    code = "broken"
    exit_code = 5


def foreign_reason(error: BaseException) -> str:
    """What a foreign exception says, fit for a sentence: its type and first line, shortened.

    Database errors carry the values of the statement in their further lines.
    """
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first}"[:200]


def log_line(error: BaseException) -> str:
    """An error as one line of a log: what, where, what to do next; never the data of a record.

    Sentences of our own tree are free of such data, but for what foreign code said in them.
    """
    if isinstance(error, BrokenExtension | BrokenHost):
        return error.for_log()
    if isinstance(error, XTigerError):
        return f"{' '.join(str(error).split())} [{error.code}]"
    return (
        f"{type(error).__name__} at {_place(error)}. If it is code of the CRM, mend it there; "
        "else report this line."
    )


def _place(error: BaseException) -> str:
    """File and line of the innermost frame of an error."""
    trace, place = error.__traceback__, "an unknown place"
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1]
        place, trace = f"{file}:{trace.tb_lineno}", trace.tb_next
    return place


def _cause_for_log(error: BaseException) -> str:
    """The type and place of what foreign code raised, without its words."""
    cause = error.__cause__
    return f"{type(cause).__name__} at {_place(cause)}" if cause is not None else "a wrong answer"


# --- retry later ---------------------------------------------------------------------------


class XeroUnreachable(RetryLater):
    """No connection to Xero could be made; nothing was sent."""

    code = "xero_unreachable"

    def __init__(self, address: str, *, retry_after_seconds: float = 60) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)
        self.address = address

    def __str__(self) -> str:
        return (
            f"Xero cannot be reached at {self.address}. Nothing was sent. "
            "Check the network or XTIGER_XERO_URL, then try again."
        )


class XeroUnavailable(RetryLater):
    """Xero answered that it is down (5xx) on a call that changes nothing."""

    code = "xero_unavailable"

    def __init__(self, http_status: int, *, correlation_id: str = "") -> None:
        super().__init__(retry_after_seconds=60)
        self.http_status = http_status
        self.correlation_id = correlation_id

    def __str__(self) -> str:
        trace = f" (trace {self.correlation_id})" if self.correlation_id else ""
        return f"Xero answered {self.http_status}{trace}. Nothing is lost; try again in a minute."


class RateLimited(RetryLater):
    """A limit of Xero is used up; `limit` is minute, day, concurrent or appminute."""

    code = "rate_limited"

    def __init__(
        self, limit: str, *, retry_after_seconds: float, goes_on_at: datetime | None = None
    ) -> None:
        """`goes_on_at`: aware UTC, where the clock is known."""
        super().__init__(retry_after_seconds=retry_after_seconds)
        self.limit, self.goes_on_at = limit, goes_on_at

    def __str__(self) -> str:
        names = {"concurrent": "at once", "appminute": "per minute of this app"}
        return (
            f"Xero's limit of calls {names.get(self.limit, f'per {self.limit}')} is used up. "
            f"Nothing is lost; the work goes on in about {self.wait}."
        )

    @property
    def wait(self) -> str:
        """How long, for people; where the hour is known and the wait is long, with it."""
        minutes = max(1, round(self.retry_after_seconds / 60))
        if minutes <= 120:
            return f"{minutes} min"
        at = f" ({self.goes_on_at:%Y-%m-%d %H:%M} UTC)" if self.goes_on_at else ""
        return f"{round(minutes / 60)} h{at}"


class CallsKept(RateLimited):
    """What is left of the day's calls is kept for more urgent work; nothing was sent."""

    code = "calls_kept"

    def __init__(self, kept: int, *, retry_after_seconds: float, goes_on_at: datetime) -> None:
        super().__init__("day", retry_after_seconds=retry_after_seconds, goes_on_at=goes_on_at)
        self.kept = kept

    def __str__(self) -> str:
        return (
            f"Today's last calls to Xero ({self.kept:,}) are kept for what people save. "
            f"Nothing is lost; the work goes on in about {self.wait}."
        )


class AnswerUnknown(RetryLater):
    """A write was sent and no usable answer came back: it may or may not have been done.

    Never repeat such a write blindly: look it up by its natural key first.
    """

    code = "answer_unknown"

    def __init__(
        self, operation: str, *, http_status: int | None = None, retry_after_seconds: float = 60
    ) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)
        self.operation = operation
        self.http_status = http_status

    def __str__(self) -> str:
        return (
            f"Xero did not answer {self.operation}. The next sync looks up what arrived "
            "before anything is sent again."
        )


class RunBusy(RetryLater):
    """Another process is running a sync of the same connection."""

    code = "run_busy"

    def __init__(self, connection_name: str, *, retry_after_seconds: float) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)
        self.connection_name = connection_name

    def __str__(self) -> str:
        return (
            f"A sync of {self.connection_name} is running already. "
            "One that was killed is taken over within 5 min. "
            f"Wait for it, or try again in {max(1, round(self.retry_after_seconds))} s."
        )


class RunStopped(RetryLater):
    """The process was asked to end; its run stopped between two batches."""

    code = "run_stopped"

    def __init__(self, connection_name: str) -> None:
        super().__init__(retry_after_seconds=1)
        self.connection_name = connection_name

    def __str__(self) -> str:
        return (
            f"The sync of {self.connection_name} stopped because its worker was asked to end. "
            "Nothing is lost: the next sync goes on where it stopped."
        )


class GoesOnLater(RunStopped):
    """The person who asked for the run waits no longer; the rest goes on in the background."""

    code = "goes_on_later"

    def __str__(self) -> str:
        return (
            f"The sync of {self.connection_name} takes longer than a person waits for a page. "
            "What is left goes on in the background."
        )


class SentElsewhere(RetryLater):
    """Another connection of the tenant began to send the same documents a moment ago."""

    code = "sent_elsewhere"

    def __init__(self, module: str, ids: Sequence[str]) -> None:
        super().__init__(retry_after_seconds=5)
        self.module, self.ids = module, tuple(ids)

    def __str__(self) -> str:
        return (
            f"{self.module} {', '.join(self.ids)} is being sent to another organisation just now. "
            "Nothing of this batch was sent. Try again; it stays where it was sent first."
        )


class HostUnavailable(RetryLater):
    """The CRM could not be reached; nothing was written there."""

    code = "host_unavailable"

    def __init__(self, host: str, operation: str) -> None:
        super().__init__(retry_after_seconds=60)
        self.host = host
        self.operation = operation

    def __str__(self) -> str:
        return f"The CRM {self.host} did not answer {self.operation}. Try again when it is up."


# --- a person must act ---------------------------------------------------------------------


class SettingInvalid(NeedsPerson):
    """A setting is missing or cannot be used."""

    code = "setting_invalid"

    def __init__(self, name: str, reason: str, fix: str, place: str = "") -> None:
        super().__init__()
        self.name, self.reason, self.fix = name, reason, fix
        #: File and line of what is meant, where it is known: mycrm/xero.py:14.
        self.place = place

    def __str__(self) -> str:
        place = f" ({self.place})" if self.place else ""
        return f"{self.name} {self.reason}. {self.fix}{place}"


class HostTablesMissing(NeedsPerson):
    """The library's tables in the CRM's database are missing, and its user may not make them."""

    code = "host_tables_missing"

    def __init__(self, crm: str) -> None:
        super().__init__()
        self.crm = crm

    def __str__(self) -> str:
        return (
            f"The library's tables are missing in the database of {self.crm}, and its database "
            "user may not make them. Nothing was sent. Use an administrator of the database to run "
            "what `xtiger host tables --sql` prints."
        )


class StoreUnavailable(NeedsPerson):
    """The database of the library cannot be opened or is of a newer release."""

    code = "store_unavailable"

    def __init__(self, address: str, reason: str) -> None:
        super().__init__()
        self.address, self.reason = address, reason  # address without its password

    def __str__(self) -> str:
        return (
            f"The database {self.address} cannot be used: {self.reason}. Check XTIGER_DATABASE_URL."
        )


class StoreFull(StoreUnavailable):
    """The disk or the quota of the database is full; what was not written is as before."""

    code = "store_full"

    def __str__(self) -> str:
        return (
            f"The disk of the database {self.address} is full. Nothing was written by halves: the "
            "next sync goes on. Make room on it, then try again."
        )


class StoreDamaged(StoreUnavailable):
    """The file of the database cannot be read as one."""

    code = "store_damaged"

    def __str__(self) -> str:
        return (
            f"The database {self.address} is damaged ({self.reason}). Stop all that uses it "
            "and put back its last backup; where it never was XTiger's database, correct "
            "XTIGER_DATABASE_URL."
        )


class StoreLocked(StoreUnavailable):
    """Another process kept the database locked for too long; the same call may succeed later."""

    code = "store_locked"
    exit_code = 4

    def __str__(self) -> str:
        return (
            f"The database {self.address} is in use: {self.reason}. Nothing was written. End what "
            "holds it, such as a backup or a database browser, or try again later."
        )


class StoreMissing(StoreUnavailable):
    """The tables, or the file of the database, were taken away."""

    code = "store_missing"

    def __str__(self) -> str:
        return (
            f"The database {self.address} is not there as it was left: {self.reason}. Put it back "
            "from where it was moved, or check XTIGER_DATABASE_URL; then start again."
        )


class StoreAway(StoreUnavailable):
    """The server of the database takes no call now; the same call may succeed later."""

    code = "store_away"
    exit_code = 4

    def __str__(self) -> str:
        return (
            f"The database {self.address} does not answer now: {self.reason}. Nothing was written "
            "by halves. Try again when it is up and has connections left."
        )


class StoreReadOnly(StoreUnavailable):
    """The database takes no writes, such as a standby server."""

    code = "store_read_only"

    def __str__(self) -> str:
        return (
            f"The database {self.address} takes no writes: {self.reason}. Nothing was written. "
            "Check XTIGER_DATABASE_URL: it must name the server that takes them."
        )


class NotConnected(NeedsPerson):
    """No Xero organisation is connected yet."""

    code = "not_connected"

    def __str__(self) -> str:
        return "No Xero organisation is connected. Connect one: xtiger connect"


class TenantMissing(NeedsPerson):
    """The CRM has several tenants, and a call named none: never all of them are meant."""

    code = "tenant_missing"

    def __init__(self, host: str) -> None:
        super().__init__()
        self.host = host

    def __str__(self) -> str:
        return (
            f"{self.host} has several tenants, and none was named: nothing is shown or done. "
            "Use XTiger.for_tenant and the argument tenant of blueprint, or the option --tenant."
        )


class ConnectionEnded(NeedsPerson):
    """The connection was ended in Xero, or its refresh token has expired."""

    code = "connection_ended"

    def __init__(self, connection_name: str, reason: str, *, waiting: int | None = None) -> None:
        super().__init__()
        self.connection_name, self.reason, self.waiting = connection_name, reason, waiting

    def __str__(self) -> str:
        wait = f" {self.waiting} changes wait." if self.waiting else ""
        return (
            f"The connection to {self.connection_name} has ended ({self.reason}). "
            f"Nothing is lost.{wait} Connect again: xtiger connect"
        )


class CredentialsRefused(NeedsPerson):
    """Xero refused the client id or secret of the app."""

    code = "credentials_refused"

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"Xero refused the app's client id or secret ({self.reason}). "
            "Copy both again from developer.xero.com into XTIGER_XERO_CLIENT_ID and "
            "XTIGER_XERO_CLIENT_SECRET."
        )


class ConsentRefused(NeedsPerson):
    """The consent at Xero was cancelled, timed out or came back with a wrong state."""

    code = "consent_refused"

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason

    def __str__(self) -> str:
        return f"Xero's permission was not given: {self.reason}. Start again: xtiger connect"


class ScopeMissing(NeedsPerson):
    """The permission given at Xero does not cover this call."""

    code = "scope_missing"

    def __init__(self, operation: str) -> None:
        super().__init__()
        self.operation = operation

    def __str__(self) -> str:
        return (
            f"The permission given at Xero does not cover {self.operation}. "
            "Connect again and allow all that is asked: xtiger connect"
        )


class WrongOrganisation(NeedsPerson):
    """The organisation cannot be used: other base currency, or not the one linked before."""

    code = "wrong_organisation"

    def __init__(self, organisation: str, reason: str) -> None:
        super().__init__()
        self.organisation, self.reason = organisation, reason

    def __str__(self) -> str:
        return f"{self.organisation} cannot be used: {self.reason}."


class XeroRejected(NeedsPerson):
    """Xero refused a request as a whole; `problems` are its own messages, whole."""

    code = "xero_rejected"

    def __init__(
        self, operation: str, http_status: int, problems: Sequence[str], *, correlation_id: str = ""
    ) -> None:
        super().__init__(problems=problems)
        self.operation, self.http_status = operation, http_status
        self.correlation_id = correlation_id

    def __str__(self) -> str:
        said = "; ".join(self.problems) or "no reason given"
        trace = f" (trace {self.correlation_id})" if self.correlation_id else ""
        return (
            f"Xero refused {self.operation} with {self.http_status}: {said.rstrip('.')}{trace}. "
            "Correct what it names, then try again."
        )


#: Why a CRM is not the one that its store knows.
Mismatch = Literal["other_crm", "other_names", "crm_restored", "store_restored", "unknown_store"]

#: What happened and why, for people; {crm} is the host's name.
MISMATCHES: Mapping[Mismatch, str] = MappingProxyType(
    {
        "other_crm": "The database of {crm} is not the one whose records were linked to Xero. It "
        "was made anew, or belongs to another project.",
        "other_names": "Most linked records of {crm} have other names than before. Its database "
        "was made anew, or belongs to another project.",
        "crm_restored": "The database of {crm} is older than its links to Xero. A backup of it was "
        "restored.",
        "store_restored": "The links of {crm} to Xero are older than its database. A backup of "
        "them was restored, or another installation syncs the same CRM.",
        "unknown_store": "{crm} was synced with Xero before, but not by this installation. Its "
        "links were removed, or another installation syncs the same CRM.",
    }
)


class OtherCrm(NeedsPerson):
    """The CRM is not the one whose records the store has linked; nothing was read or written."""

    code = "other_crm"

    def __init__(self, crm: str, why: Mismatch) -> None:
        super().__init__()
        self.crm, self.why = crm, why

    def __str__(self) -> str:
        return (
            f"{MISMATCHES[self.why].format(crm=self.crm)} Nothing was sent or changed. "
            "Is it the same CRM? Go on with its links: xtiger host same. "
            "Is it another one? Begin without them: xtiger host forget-links"
        )


class UnknownModule(NeedsPerson):
    """The named module is not one that the CRM registers."""

    code = "unknown_module"

    def __init__(self, module: str, known: Sequence[str]) -> None:
        super().__init__()
        self.module, self.known = module, tuple(known)

    def __str__(self) -> str:
        return f"There is no module {self.module!r}. Known modules: {', '.join(self.known)}."


class RecordMissing(NeedsPerson):
    """The named record does not exist, or this user may not see it."""

    code = "record_missing"

    def __init__(self, module: str, record_id: str) -> None:
        super().__init__()
        self.module, self.record_id = module, record_id

    def __str__(self) -> str:
        return f"{self.module} has no record {self.record_id}. Check the id in the CRM."


class MappingInvalid(NeedsPerson):
    """A mapping cannot be saved or used; `problems` name each field and the fix."""

    code = "mapping_invalid"

    def __init__(self, module: str, problems: Sequence[str]) -> None:
        super().__init__(f"The mapping of {module} cannot be saved:", problems=problems)
        self.module = module


class ConfigurationInvalid(NeedsPerson):
    """A configuration cannot be applied; `problems` name each place of it and the fix."""

    code = "configuration_invalid"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(
            "The configuration cannot be applied. Correct this, and apply it again:",
            problems=problems,
        )


class ChangesCursorInvalid(NeedsPerson):
    """The place from which changes were asked for is none, or not of this store and these kinds."""

    code = "changes_cursor_invalid"

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__()
        self.reason, self.fix = reason, fix

    def __str__(self) -> str:
        return f"{self.reason}. {self.fix}."


class MappingMissing(NeedsPerson):
    """Nothing moves before a mapping is saved."""

    code = "mapping_missing"

    def __init__(self, module: str, organisation: str = "") -> None:
        """`organisation` is the name of a connection that is one of several."""
        super().__init__()
        self.module, self.organisation = module, organisation

    def __str__(self) -> str:
        where = f" in {self.organisation}" if self.organisation else ""
        return (
            f"No mapping is saved for {self.module}{where}; nothing moves before. "
            f"Save the default one: {mapping_command(self.organisation)}"
        )


def mapping_command(organisation: str = "") -> str:
    """What saves the default mapping, of the named connection where it is one of several."""
    named = f" --connection {shlex.quote(organisation)}" if organisation else ""
    return f"xtiger{named} mapping save"


class TermsNotAccepted(NeedsPerson):
    """The terms must be accepted once before the first data moves."""

    code = "terms_not_accepted"

    def __str__(self) -> str:
        return "The terms are not accepted yet. Read and accept them: xtiger terms --accept"


class _OfConnection:
    """What errors about one connection have."""

    def __init__(self, connection_name: str) -> None:
        """The organisation that it is about."""
        super().__init__()
        self.connection_name = connection_name


class StartUnanswered(_OfConnection, NeedsPerson):
    """The questions of the first day are not answered."""

    code = "start_unanswered"

    def __str__(self) -> str:
        return (
            f"Nothing was sent to {self.connection_name}: from when on, as what and whom is not "
            "answered yet. Answer it: xtiger start"
        )


class PlanNotSeen(_OfConnection, NeedsPerson):
    """Nobody looked at the first plan."""

    code = "plan_not_seen"

    def __str__(self) -> str:
        return (
            f"Nothing was sent to {self.connection_name}: look at what the first sync would do, "
            "then sync: xtiger plan"
        )


class FirstTenNotSeen(_OfConnection, NeedsPerson):
    """The first ten records were sent, and nobody looked at them."""

    code = "first_ten_not_seen"

    def __str__(self) -> str:
        return (
            f"The first ten records were sent to {self.connection_name}. Look at them there and "
            "in the CRM, then let the rest go: xtiger start --go-on"
        )


class LinkRefused(NeedsPerson):
    """Two records cannot be linked; the sentence says why."""

    code = "link_refused"


class TooManyChanges(NeedsPerson):
    """The brake stopped a run before its first write: it would change too much of a module."""

    code = "too_many_changes"

    def __init__(self, run_id: str, module: str, *, changes: int, linked: int, limit: int) -> None:
        """`run_id` names the plan that waits; `limit` is per cent of the linked records."""
        super().__init__()
        self.run_id, self.module = run_id, module
        self.changes, self.linked, self.limit = changes, linked, limit

    def __str__(self) -> str:
        return (
            f"This would change or remove {self.changes:,} of {self.linked:,} linked records of "
            f"{self.module}; more than {self.limit} % at once waits for a person. Nothing was "
            "written. Look at what it would do, then release it, or take back what caused it."
        )


class NothingToRelease(NeedsPerson):
    """No stopped plan of this number waits for a release."""

    code = "nothing_to_release"

    def __init__(self, run_id: str, waiting: Sequence[str]) -> None:
        super().__init__()
        self.run_id, self.waiting = run_id, tuple(waiting)

    def __str__(self) -> str:
        if self.waiting:
            return (
                f"No plan of the run {self.run_id} waits for a release: it was carried out, or a "
                f"newer one took its place. What waits now: {', '.join(self.waiting)}. "
                "Look at it first."
            )
        return (
            f"No plan of the run {self.run_id} waits for a release. Nothing waits; sync as usual."
        )


class UndoRefused(NeedsPerson):
    """What was named cannot be taken back or released; the sentence says why."""

    code = "undo_refused"


class ConflictRefused(NeedsPerson):
    """A decision about a conflict cannot be taken; the sentence says why."""

    code = "conflict_refused"

    def __init__(self, sentence: str, *, outdated: bool = False) -> None:
        super().__init__(sentence)
        #: Whether it is decided already, or is another question than was shown.
        self.outdated = outdated


class ExtensionRefused(NeedsPerson):
    """An extension or its zip cannot be installed, enabled, disabled or removed."""

    code = "extension_refused"

    def __init__(self, extension: str, reason: str, fix: str = "", **values: object) -> None:
        """`values` fill the {fields} of both texts, which are translated as they are given."""
        super().__init__()
        self.extension, self.texts, self.values = extension, (reason, fix), values
        self.reason, self.fix = (text.format_map(values) if values else text for text in self.texts)

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.extension}: {self.reason}.", self.fix) if part)


class ExtensionForOtherRelease(ExtensionRefused):
    """An extension was made for another release of XTiger; none of its code is imported."""

    code = "extension_other_release"

    def __init__(self, extension: str, needed: str, present: str) -> None:
        super().__init__(
            extension,
            "it needs xtiger {needed}, this is {present}",
            "Use its version for xtiger {present}.",
            needed=needed,
            present=present,
        )
        #: What it requires, such as "~=0.1.0", and the release that is here.
        self.needed, self.present = needed, present


# --- a bug ---------------------------------------------------------------------------------


class BrokenExtension(Broken):
    """A hook of an extension raised, or answered what its specification does not allow."""

    code = "broken_extension"

    def __init__(self, extension: str, hook: str, reason: str) -> None:
        super().__init__()
        self.extension, self.hook, self.reason = extension, hook, reason

    def for_log(self) -> str:
        """The sentence without what the extension said, which may quote a record."""
        return (
            f"The extension {self.extension} failed in {self.hook}: {_cause_for_log(self)}. "
            f"Disable it to go on without it: xtiger extensions disable {self.extension} "
            f"[{self.code}]"
        )

    def __str__(self) -> str:
        return (
            f"The extension {self.extension} failed in {self.hook}: {self.reason}. "
            f"Disable it to go on without it: xtiger extensions disable {self.extension}"
        )


class TenantCrossed(Broken):
    """A call made for one tenant asked for another one; nothing was given."""

    code = "tenant_crossed"

    def __str__(self) -> str:
        return (
            "A call for one tenant of the CRM asked for another tenant: nothing is shown or done. "
            "Use a library or context that is not bound to a tenant yet."
        )


class BrokenHost(Broken):
    """The CRM adapter raised, or answered what the Host protocol does not allow."""

    code = "broken_host"

    def __init__(self, host: str, operation: str, reason: str) -> None:
        super().__init__()
        self.host, self.operation, self.reason = host, operation, reason

    def for_log(self) -> str:
        """The sentence without what the CRM said, which may quote a record."""
        context = "application context" in self.reason
        advice = (
            "It needs its app around it: worker_of(xt, within=app.app_context)"
            if context
            else "Check the adapter: xtiger host check"
        )
        return (
            f"The CRM adapter {self.host} failed in {self.operation}: {_cause_for_log(self)}. "
            f"{advice} [{self.code}]"
        )

    def __str__(self) -> str:
        return (
            f"The CRM adapter {self.host} failed in {self.operation}: {self.reason}. "
            "Nothing was sent for it. Check the adapter: xtiger host check"
        )


class BrokenCause(Broken):
    """A cause was made without data that its sentence names, or with data that it does not."""

    code = "broken_cause"

    def __init__(self, cause: str, missing: Sequence[str], surplus: Sequence[str]) -> None:
        super().__init__()
        self.cause, self.missing, self.surplus = cause, tuple(missing), tuple(surplus)

    def __str__(self) -> str:
        said = [
            f"{word}: {', '.join(names)}"
            for word, names in (("missing", self.missing), ("not in it", self.surplus))
            if names
        ]
        return (
            f"The cause {self.cause} does not fit its sentence in the catalogue "
            f"({'; '.join(said)}). Correct the place that makes it, or the entry."
        )


class UnreadableAnswer(Broken):
    """Xero answered with a shape that cannot be read; the record is set aside, not dropped."""

    code = "unreadable_answer"

    def __init__(self, operation: str, reason: str) -> None:
        super().__init__()
        self.operation, self.reason = operation, reason

    def __str__(self) -> str:
        return (
            f"The answer of Xero to {self.operation} could not be read: {self.reason}. "
            "Try again; if it stays, report this sentence."
        )


def deprecated(what: str, *, instead: str, until: str) -> None:
    """Warn the caller of the function that calls this; `until` is the first release without it."""
    text = f"{what} goes with XTiger {until}: use {instead}."
    warnings.warn(text, DeprecationWarning, stacklevel=3)
