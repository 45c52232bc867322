"""The CRM's adapter as the library calls it: whatever it raises or answers wrongly is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from xtiger.errors import BrokenHost, XTigerError, foreign_reason
from xtiger.i18n.harmless import is_address
from xtiger.model.records import (
    Capabilities,
    Change,
    Currency,
    Document,
    Identity,
    Module,
    OutboxRow,
    Page,
    Record,
    Ref,
    Result,
    Tax,
    Write,
)
from xtiger.model.values import require_plain
from xtiger.ports.host import API
from xtiger.ports.interrupts import FOREIGN, by_signal

if TYPE_CHECKING:
    from xtiger.ports import Host

T = TypeVar("T")
#: Types of which every value is plain: most values are of them, and every one passes here.
_ALWAYS_PLAIN = frozenset({str, int, bool, type(None), date})


class GuardedHost:
    """A Host around the CRM's own: its errors become BrokenHost, wrong answers are refused.

    Errors of the library's own tree pass as they are: HostUnavailable is meant for the caller.
    Wrong is what the Host protocol does not allow: an answer of another type, a value that is
    not plain (a float), fewer results than writes.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._name = self._call("name", lambda: host.name, str)

    def _any(self, operation: str, call: Callable[[], Any]) -> Any:
        """What the adapter answers, unchecked."""
        try:
            return call()
        except XTigerError:
            raise
        except FOREIGN as error:  # foreign code: whatever it raises is the adapter's fault
            if by_signal(error):
                raise
            reason = foreign_reason(error)
            raise self._wrong(operation, reason) from error

    def _call(self, operation: str, call: Callable[[], Any], kind: type[T]) -> T:
        """What the adapter answers, of this type."""
        answer = self._any(operation, call)
        if not isinstance(answer, kind):
            reason = f"it answered {_a(answer)}, not a {kind.__name__}"
            raise self._wrong(operation, reason)
        return answer

    def _list(self, operation: str, call: Callable[[], Any], of: type[T]) -> list[T]:
        """The same for an answer that is a list of things of one type."""
        answer = self._call(operation, lambda: list(call()), list)
        for item in answer:
            if not isinstance(item, of):
                reason = f"there is {_a(item)} among its answers, not a {of.__name__}"
                raise self._wrong(operation, reason)
        return answer

    def _wrong(self, operation: str, reason: str) -> BrokenHost:
        return BrokenHost(getattr(self, "_name", "of the CRM"), operation, reason)

    def _checked(self, operation: str, record: Any) -> Record:
        if not isinstance(record, Record):
            reason = f"there is {_a(record)} among its answers, not a Record"
            raise self._wrong(operation, reason)
        for values in (record.values, *record.lines):
            for name, value in values.items():
                wrong = "" if type(value) in _ALWAYS_PLAIN else _not_plain(value)
                if wrong:
                    reason = (
                        f"{name} of record {record.ref.id} is {wrong}; "
                        "answer text, Decimal, date, aware datetime, yes or no, or nothing"
                    )
                    raise self._wrong(operation, reason)
        return record

    # --- what the host is ---

    @property
    def name(self) -> str:
        """Host.name."""
        return self._name

    @property
    def api(self) -> tuple[int, int]:
        """Host.api."""
        answer: tuple[int, int] = self._call("api", lambda: self._host.api, tuple)
        return answer

    @property
    def caps(self) -> Capabilities:
        """Host.caps."""
        return self._call("caps", lambda: self._host.caps, Capabilities)

    def identity(self) -> Identity | None:
        """Host.identity; None of an adapter that was written before there was one."""
        return self._identity("identity")

    def count_run(self) -> Identity | None:
        """Host.count_run."""
        return self._identity("count_run")

    def _identity(self, name: str) -> Identity | None:
        ask = getattr(self._host, name, None)
        found = None if ask is None else self._any(f"{name}()", ask)
        return None if found is None else self._call(f"{name}()", lambda: found, Identity)

    # --- records ---

    def modules(self) -> Sequence[Module]:
        """Host.modules."""
        return self._list("modules()", self._host.modules, Module)

    def get(self, module: str, ids: Sequence[str]) -> Mapping[str, Record]:
        """Host.get."""
        operation = f"get({module})"
        found = self._call(operation, lambda: dict(self._host.get(module, ids)), dict)
        return {key: self._checked(operation, record) for key, record in found.items()}

    def find(self, module: str, field: str, value: Any, limit: int = 50) -> Sequence[Record]:
        """Host.find."""
        operation = f"find({module})"
        found = self._list(operation, lambda: self._host.find(module, field, value, limit), Record)
        return [self._checked(operation, record) for record in found]

    def changed_since(self, module: str, cursor: str | None, limit: int = 200) -> Page:
        """Host.changed_since."""
        operation = f"changed_since({module})"
        page = self._call(operation, lambda: self._host.changed_since(module, cursor, limit), Page)
        for record in page.records:
            self._checked(operation, record)
        return page

    def save(self, module: str, writes: Sequence[Write], origin: str = "") -> Sequence[Result]:
        """Host.save."""
        operation = f"save({module})"
        results = self._list(operation, lambda: self._host.save(module, writes, origin), Result)
        return self._one_each(operation, results, len(writes))

    def delete(self, module: str, ids: Sequence[str], origin: str = "") -> Sequence[Result]:
        """Host.delete."""
        operation = f"delete({module})"
        results = self._list(operation, lambda: self._host.delete(module, ids, origin), Result)
        return self._one_each(operation, results, len(ids))

    def _one_each(self, operation: str, results: Sequence[Result], asked: int) -> Sequence[Result]:
        if len(results) != asked:
            raise self._wrong(operation, f"it gave {len(results)} results for {asked} records")
        return results

    # --- transactions and changes ---

    @contextmanager
    def _block(
        self, operation: str, make: Callable[[], AbstractContextManager[None]]
    ) -> Iterator[None]:
        """A block of the host's: what the body raises is not the host's fault."""
        manager = self._any(operation, make)
        self._any(operation, manager.__enter__)
        try:
            yield
        except BaseException as error:
            self._leave(operation, manager, error)
            raise
        self._any(operation, lambda: manager.__exit__(None, None, None))

    def _leave(
        self, operation: str, manager: AbstractContextManager[None], error: BaseException
    ) -> None:
        try:
            manager.__exit__(type(error), error, error.__traceback__)
        except XTigerError:
            raise
        except FOREIGN as other:  # as in _call, unless it is what the body raised
            if by_signal(other):
                raise
            if other is not error:
                reason = f"{type(other).__name__}: {other}"[:300]
                raise self._wrong(operation, reason) from other

    def transaction(self) -> AbstractContextManager[None]:
        """Host.transaction."""
        return self._block("transaction()", self._host.transaction)

    def note(self, change: Change) -> None:
        """Host.note."""
        self._any("note()", lambda: self._host.note(change))

    def outbox(self, now: datetime, limit: int = 200) -> Sequence[OutboxRow]:
        """Host.outbox."""
        return self._list("outbox()", lambda: self._host.outbox(now, limit), OutboxRow)

    def outbox_done(self, rows: Sequence[OutboxRow]) -> int:
        """Host.outbox_done."""
        return self._call("outbox_done()", lambda: self._host.outbox_done(rows), int)

    def on_commit(self, call: Callable[[], None]) -> None:
        """Host.on_commit; the call may come at once, so its own errors pass as they are."""
        raised: list[BaseException] = []

        def committed() -> None:
            try:
                call()
            except BaseException as error:
                raised.append(error)
                raise

        try:
            self._host.on_commit(committed)
        except XTigerError:
            raise
        except FOREIGN as error:
            if error in raised or by_signal(error):
                raise
            reason = foreign_reason(error)
            raise self._wrong("on_commit()", reason) from error

    # --- people, tenants, money ---

    def tenants(self) -> Sequence[str]:
        """Host.tenants."""
        return self._list("tenants()", self._host.tenants, str)

    def tenant(self, tenant: str) -> AbstractContextManager[None]:
        """Host.tenant."""
        return self._block("tenant()", lambda: self._host.tenant(tenant))

    def url(self, ref: Ref) -> str | None:
        """Host.url; None for what a browser must not follow, such as javascript: in a field."""
        found = self._call("url()", lambda: self._host.url(ref) or "", str)
        return found if is_address(found) else None

    def invoice_of_sale(self, ref: Ref) -> Write | None:
        """Host.invoice_of_sale; None of an adapter that was written before there was one."""
        ask = getattr(self._host, "invoice_of_sale", None)
        found = None if ask is None else self._any("invoice_of_sale()", lambda: ask(ref))
        return None if found is None else self._call("invoice_of_sale()", lambda: found, Write)

    def document(self, ref: Ref) -> Document | None:
        """Host.document; None of an adapter that was written before it, and for an empty one."""
        ask = getattr(self._host, "document", None)
        answer = None if ask is None else self._any("document()", lambda: ask(ref))
        if answer is None:
            return None
        found = self._call("document()", lambda: answer, Document)
        if not isinstance(found.content, bytes):
            raise self._wrong("document()", "its content is no bytes")
        return found if found.content else None

    def base_currency(self) -> str:
        """Host.base_currency."""
        return self._call("base_currency()", self._host.base_currency, str)

    def currencies(self) -> Sequence[Currency]:
        """Host.currencies."""
        return self._list("currencies()", self._host.currencies, Currency)

    def rate(self, code: str, on: date) -> Decimal | None:
        """Host.rate."""
        found = self._any("rate()", lambda: self._host.rate(code, on))
        return None if found is None else self._call("rate()", lambda: found, Decimal)

    def taxes(self) -> Sequence[Tax]:
        """Host.taxes."""
        return self._list("taxes()", self._host.taxes, Tax)

    def save_taxes(self, taxes: Sequence[Tax]) -> None:
        """Host.save_taxes; nothing of an adapter that was written before there was one."""
        save = getattr(self._host, "save_taxes", None)
        if save is not None:
            self._any("save_taxes()", lambda: save(taxes))


def check_api(host: Host) -> None:
    """Raise BrokenHost when the adapter was written for an interface that is not ours."""
    spoken: tuple[int, ...] = host.api
    if len(spoken) != 2 or spoken[0] != API[0] or spoken[1] > API[1]:
        theirs, ours = ".".join(map(str, spoken)), ".".join(map(str, API))
        reason = f"it speaks interface {theirs}, this library speaks {ours}"
        raise BrokenHost(host.name, "api", reason)


def _not_plain(value: object) -> str:
    """What is wrong with a value that may not cross the border; "" when nothing is."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return "a moment without a time zone"
    if isinstance(value, Decimal) and not value.is_finite():
        return "no finite number"
    try:
        require_plain(value)
    except TypeError:
        return _a(value)
    return ""


def _a(value: object) -> str:
    """What a value is, without telling it: it may be personal."""
    name = type(value).__name__
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"
