"""Writes into a Vtiger: none is done twice, and what nobody knows is looked up before a repeat.

Vtiger has no transactions. A create is announced beside it before it is sent; when its answer does
not come, the records made since are looked through for it, by the field that keeps its key or by
what it was sent with.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xtiger.errors import HostUnavailable
from xtiger.hosts.checks import Refused, refused, split_line, take_all
from xtiger.hosts.vtiger.answers import NoAnswer, VtigerRefused
from xtiger.hosts.vtiger.client import VtigerClient, element
from xtiger.hosts.vtiger.elements import (
    charges_of,
    filled,
    head_of,
    invoice_of,
    item_kept,
    line_of,
    number_of,
    same_line,
)
from xtiger.hosts.vtiger.installation import Installation
from xtiger.hosts.vtiger.ledger import Ledger, Sent
from xtiger.hosts.vtiger.likeness import is_like
from xtiger.hosts.vtiger.names import COUNTED, FILLER, INVOICE, NAMELESS, NUMBERS
from xtiger.hosts.vtiger.reading import Reader, quoted
from xtiger.model.records import Field, Module, Problem, Record, Ref, Result, Write
from xtiger.model.values import Plain, as_decimal, canon

#: Of an organisation's address → of the invoice's, which Vtiger demands.
_ADDRESS: Final = ("street", "city", "state", "code", "country", "pobox")
_ENDED: Final = Problem(
    "other",
    "Vtiger ended with an error of its own (HTTP 500) and did not save it. "
    "Its administrator finds the reason in the error log of PHP.",
)
_MONEY: Final = ("received", "balance")


@dataclass(slots=True)
class _Batch:
    """What the writes of one call share."""

    module: Module
    theirs: str
    there: Installation
    #: Ids that writes point to and that records have.
    known: set[str]
    #: The newest id before the first create.
    highest: str | None = None


class Saver:
    """Creates and changes records of a Vtiger."""

    def __init__(
        self,
        client: VtigerClient,
        reader: Reader,
        ledger: Ledger,
        *,
        made_nameless: Callable[[], Installation],
    ) -> None:
        """`made_nameless` makes the service that a line without item sells, where there is none."""
        self._client, self._reader, self._ledger = client, reader, ledger
        self._made_nameless = made_nameless

    def save(self, module: Module, there: Installation, writes: Sequence[Write]) -> list[Result]:
        """One result per write in order; raises HostUnavailable, with what was done remembered."""
        if any(_is_nameless(line) for write in writes for line in write.lines or ()):
            there = there if there.nameless else self._made_nameless()
        batch = _Batch(module, there.theirs[module.name], there, set())
        batch.known = self._existing(batch, writes)
        return [self._saved(batch, write) for write in writes]

    def _saved(self, batch: _Batch, write: Write) -> Result:
        try:
            if write.id is None:
                return self._create(batch, write)
            return self._change(batch, write, write.id)
        except Refused as error:
            problem = error.problem
        except VtigerRefused as error:
            problem = error.problem
        return Result(Ref(batch.module.name, write.id) if write.id else None, None, problem)

    # --- what is checked before anything is sent ---

    def _existing(self, batch: _Batch, writes: Sequence[Write]) -> set[str]:
        """Ids that the writes point to, asked for together."""
        wanted: dict[str, set[str]] = {}
        for field, value in _references(batch.module, writes):
            for target in field.targets:
                theirs = batch.there.theirs[target]
                if value and self._reader.is_id(theirs, str(value)):
                    wanted.setdefault(theirs, set()).add(str(value))
        found: set[str] = set()
        for theirs, ids in wanted.items():
            found |= self._reader.existing(theirs, ids)
        return found

    def _taken(
        self, batch: _Batch, write: Write, current: Record | None
    ) -> tuple[dict[str, Plain], list[dict[str, Plain]] | None]:
        """Head and lines as their fields keep them; raises Refused."""
        module = batch.module
        head = take_all(
            module.fields,
            write.values,
            creating=current is None,
            current=current.values if current else None,
        )
        for name in _MONEY:
            described = module.by_role(f"invoice.{name}")
            if described is not None and head.get(described.name, 0) is None:
                head[described.name] = 0
        lines = None if write.lines is None else [_line(module, one) for one in write.lines]
        if module.lines and (lines == [] or (lines is None and current is None)):
            raise refused("invalid", "Vtiger takes no invoice without a line. Add one.")
        for fields, values in ((module.fields, [head]), (module.lines, lines or [])):
            for one in values:
                self._check_references(batch, fields, one)
        return head, lines

    def _check_references(
        self, batch: _Batch, fields: Sequence[Field], values: Mapping[str, Plain]
    ) -> None:
        for field in fields:
            value = values.get(field.name)
            if field.type == "ref" and value and str(value) not in batch.known:
                shown, names = field.label or field.name, " or ".join(field.targets)
                message = f"{shown}: there is no record {value} in {names}."
                raise refused("invalid", message, field.name)

    # --- creating ---

    def _create(self, batch: _Batch, write: Write) -> Result:
        if write.key is not None:
            known = self._ledger.made(write.key) or self._recovered(batch, write.key)
            if known is not None:
                return Result(known)
        head, lines = self._taken(batch, write, None)
        given = self._new_element(batch, head, lines, write.key)
        # A record of Xero without a number must not get Vtiger's there.
        number = number_of(batch.theirs, head) or ""
        beside = number if self._keeps_number(batch) else None
        if write.key is None:
            raw = self._sent_unkeyed(batch, given)
            self._keep_number(batch, str(raw["id"]), beside)
            return self._result(batch, raw)
        before = self._ledger.sent(write.key)
        if before is None and batch.highest is None:
            batch.highest = self._reader.highest(batch.theirs)
        # One that was sent in vain before may still arrive: it is looked for from there on.
        above = before.above if before is not None else batch.highest or ""
        self._ledger.announce(write.key, Sent(batch.theirs, above, given, beside))
        return self._sent_keyed(batch, write.key, given, beside)

    def _keeps_number(self, batch: _Batch) -> bool:
        """Whether Xero's number is kept beside Vtiger, which has no field for it."""
        return batch.theirs in NUMBERS and batch.theirs not in batch.there.number_fields

    def _keep_number(self, batch: _Batch, record_id: str, number: str | None) -> None:
        if number is not None:
            self._ledger.keep_number(Ref(batch.module.name, record_id), number)

    def _sent_keyed(
        self, batch: _Batch, key: str, given: Mapping[str, Any], number: str | None
    ) -> Result:
        try:
            raw = self._client.write("create", _new(batch.theirs, given))
        except VtigerRefused:
            self._ledger.withdraw(key)
            raise
        except NoAnswer as error:
            found = self._recovered(batch, key)
            if found is not None:
                return Result(found)
            if error.status is None or error.status > 500:
                raise HostUnavailable(self._client.url, "create") from error
            self._ledger.withdraw(key)
            return Result(None, None, _ENDED)
        self._ledger.remember(key, Ref(batch.module.name, str(raw["id"])), number)
        return self._result(batch, raw)

    def _sent_unkeyed(self, batch: _Batch, given: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            found: Mapping[str, Any] = self._client.write("create", _new(batch.theirs, given))
        except NoAnswer as error:
            raise HostUnavailable(self._client.url, "create") from error
        return found

    def _result(self, batch: _Batch, raw: Mapping[str, Any]) -> Result:
        """The ref and version of a record that an answer shows; an invoice's shows it badly."""
        ref = Ref(batch.module.name, str(raw["id"]))
        if batch.module.lines:
            return Result(ref)
        return Result(ref, self._reader.record(batch.module, raw).version)

    def _recovered(self, batch: _Batch, key: str) -> Ref | None:
        """The record of a create that was sent and never answered; None where there is none."""
        sent = self._ledger.sent(key)
        if sent is None:
            return None
        found = self._with_key(sent, key, batch.there)
        if found is None:
            found = next(
                filter(None, (self._like(batch, sent, one) for one in self._since(sent))), None
            )
        if found is None:
            return None
        ref = Ref(batch.module.name, found)
        self._ledger.remember(key, ref, sent.number)
        return ref

    def _with_key(self, sent: Sent, key: str, there: Installation) -> str | None:
        field = there.key_fields.get(sent.module)
        if field is None or field not in sent.element:
            return None
        where = f"WHERE {field} = {quoted(key)}"
        rows = self._reader.query(f"SELECT id FROM {sent.module} {where} LIMIT 1")  # noqa: S608
        return str(rows[0]["id"]) if rows else None

    def _since(self, sent: Sent) -> list[str]:
        return self._reader.above(sent.module, sent.above)

    def _like(self, batch: _Batch, sent: Sent, record_id: str) -> str | None:
        """The id when the record is what the create was sent with, and no other create's."""
        if self._ledger.is_made(Ref(batch.module.name, record_id)):
            return None
        raw = self._reader.retrieve(sent.module, record_id)
        return record_id if raw is not None and is_like(sent.module, sent.element, raw) else None

    def _new_element(
        self,
        batch: _Batch,
        head: Mapping[str, Plain],
        lines: Sequence[Mapping[str, Plain]] | None,
        key: str | None,
    ) -> dict[str, Any]:
        there, theirs = batch.there, batch.theirs
        texts = head_of(batch.module, head, there)
        if theirs == INVOICE:
            texts = self._addresses(texts) | texts
        number = number_of(theirs, head)
        if theirs == INVOICE and not texts.get("subject") and number:
            texts["subject"] = number
        texts |= filled(theirs, texts, there)
        if theirs in there.number_fields:
            texts[there.number_fields[theirs]] = number or FILLER
        if key is not None and theirs in there.key_fields:
            texts[there.key_fields[theirs]] = key
        if lines is None:
            return dict(texts)
        texts.setdefault("conversion_rate", _rate(texts.get("currency_id"), there))
        rows = [line_of(line, there) for line in lines]
        charges = charges_of(head, {}, there)
        found = invoice_of({}, texts, charges, rows, there)
        self._assign(found, there)
        return found

    def _addresses(self, texts: Mapping[str, str]) -> dict[str, str]:
        """The addresses of the organisation, where the invoice has none of its own."""
        given = any(texts.get(f"{kind}_street") for kind in ("bill", "ship"))
        raw = None if given else self._reader.retrieve("Accounts", texts.get("account_id", ""))
        names = [f"{kind}_{part}" for kind in ("bill", "ship") for part in _ADDRESS]
        return {name: str(raw.get(name) or "") for name in names} if raw is not None else {}

    # --- changing ---

    def _change(self, batch: _Batch, write: Write, record_id: str) -> Result:
        raw = self._reader.retrieve(batch.theirs, record_id)
        if raw is None:
            raise refused("missing", f"{batch.module.name} has no record {record_id}.")
        current = self._reader.record(batch.module, raw)
        if write.expect is not None and write.expect != current.version:
            raise refused("conflict", "The record was changed in Vtiger meanwhile. Read it again.")
        head, lines = self._taken(batch, write, current)
        texts = head_of(batch.module, head, batch.there)
        for name in batch.there.fillers.get(batch.theirs, ()):
            if name in texts and not texts[name]:
                texts[name] = FILLER
        number = number_of(batch.theirs, head)
        if number is not None and batch.theirs in batch.there.number_fields:
            texts[batch.there.number_fields[batch.theirs]] = number or FILLER
        elif number is not None:
            self._ledger.keep_number(current.ref, number)
        if batch.module.lines:
            self._change_invoice(batch, raw, current, head, lines, texts)
            return Result(current.ref)
        if batch.theirs in ("Products", "Services"):
            texts |= item_kept(raw, texts)
        return self._result(batch, self._revised(record_id, texts) if texts else raw)

    def _revised(self, record_id: str, texts: Mapping[str, str]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._changed("revise", {"id": record_id, **texts})
        return found

    def _changed(self, operation: str, given: Mapping[str, Any]) -> Any:
        """A change that may be sent again at any time; raises Refused where PHP ended with it."""
        try:
            return self._client.write(operation, {"element": element(given)})
        except NoAnswer as error:
            if error.status in (200, 500):
                raise Refused(_ENDED) from error
            raise HostUnavailable(self._client.url, operation) from error

    def _change_invoice(
        self,
        batch: _Batch,
        raw: Mapping[str, Any],
        current: Record,
        head: Mapping[str, Plain],
        lines: Sequence[Mapping[str, Plain]] | None,
        texts: dict[str, str],
    ) -> None:
        there = batch.there
        moved = {name for name in COUNTED if name in head and _differs(head, current, name)}
        if lines is None and not moved:
            plain = {name: text for name, text in texts.items() if name not in COUNTED}
            if plain:
                self._revised(current.ref.id, plain)
            return
        rows = (
            [line_of(line, there) for line in lines]
            if lines is not None
            else [same_line(line, there) for line in raw.get("LineItems") or ()]
        )
        whole = invoice_of(raw, texts, charges_of(head, raw, there), rows, there)
        self._assign(whole, there)
        self._changed("update", whole)
        if "balance" in texts:
            # With its lines Vtiger counts the balance itself; Xero's is the one that was given.
            self._revised(current.ref.id, {n: texts[n] for n in _MONEY if n in texts})

    def _assign(self, invoice: Mapping[str, Any], there: Installation) -> None:
        """Let each product have the taxes of its lines: else Vtiger keeps them and counts none.

        At 0 %, so that the product's own tax stays the one that it had.
        """
        if invoice["hdnTaxType"] != "individual":
            return
        wanted: dict[str, set[str]] = {}
        for line in invoice["LineItems"]:
            taxes = {name for name in there.tax_names if as_decimal(line.get(name))}
            wanted.setdefault(str(line["productid"]), set()).update(taxes)
        for item, taxes in wanted.items():
            raw = self._reader.retrieve_any(item) if taxes else None
            lacking = [name for name in sorted(taxes) if raw is not None and name not in raw]
            if raw is not None and lacking:
                texts = dict.fromkeys(lacking, "0")
                self._revised(item, {**texts, **item_kept(raw, texts)})

    # --- deleting ---

    def delete(self, module: Module, there: Installation, record_id: str) -> Result:
        """Into Vtiger's recycle bin."""
        ref, theirs = Ref(module.name, record_id), there.theirs[module.name]
        missing = Problem("missing", f"{module.name} has no record {record_id}.")
        if not self._reader.is_id(theirs, record_id):
            return Result(ref, None, missing)
        try:
            with contextlib.suppress(NoAnswer):
                self._client.write("delete", {"id": record_id})
                return Result(ref)
        except VtigerRefused as error:
            return Result(ref, None, missing if error.is_gone else error.problem)
        if self._reader.retrieve(theirs, record_id) is None:
            return Result(ref)
        raise HostUnavailable(self._client.url, "delete")

    def make_nameless(self, there: Installation) -> str:
        """Make the service that lines without item sell; returns its id.

        Raises HostUnavailable where nobody knows whether it was made.
        """
        given = {"servicename": NAMELESS, "unit_price": "0"}
        given |= filled("Services", given, there)
        try:
            found = self._client.write("create", _new("Services", given))
        except NoAnswer as error:
            raise HostUnavailable(self._client.url, "create") from error
        return str(found["id"])


def _new(theirs: str, given: Mapping[str, Any]) -> dict[str, str]:
    return {"elementType": theirs, "element": element(given)}


def _is_nameless(line: Mapping[str, Plain]) -> bool:
    return not line.get("product_id") and not line.get("service_id")


def _references(module: Module, writes: Sequence[Write]) -> list[tuple[Field, Plain]]:
    found = []
    for write in writes:
        for fields, rows in ((module.fields, [write.values]), (module.lines, write.lines or [])):
            refs = [field for field in fields if field.type == "ref"]
            found += [(field, row.get(field.name)) for field in refs for row in rows]
    return found


def _line(module: Module, given: Mapping[str, Plain]) -> dict[str, Plain]:
    """A line as its fields keep it; Vtiger's lines have no ids that last."""
    _, rest = split_line(given, ())
    own = {field.name for field in module.lines if not field.writable}
    return take_all(module.lines, {n: v for n, v in rest.items() if n not in own}, creating=True)


def _rate(currency_id: str | None, there: Installation) -> str:
    """Vtiger's own rate of a currency, with the three places that an invoice has."""
    rates = {str(c["id"]): as_decimal(c.get("conversion_rate")) for c in there.currencies}
    return f"{rates.get(currency_id or '') or 1:.3f}"


def _differs(head: Mapping[str, Plain], current: Record, name: str) -> bool:
    return bool(canon(head[name]) != canon(current.values.get(name)))
