"""What Xero refused is not sent again until it, its mapping or Xero's lists have changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import xtiger
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import LINES
from xtiger.model.links import Refusal, Shadow
from xtiger.model.plans import Cause, Item
from xtiger.model.records import Ref
from xtiger.model.values import Plain, canon, digest
from xtiger.model.verbs import ResultName
from xtiger.rules.contact_persons import contact_of
from xtiger.rules.customers.attachments import ATTACH
from xtiger.rules.kinds import nature
from xtiger.rules.permissions import attach_cause, write_cause

#: Flat values that go to Xero, with real ids in place of stand-ins.
Sent = Mapping[str, Plain]
#: Path of a reference → the kind that it names.
_PARENTS = {"Contact.ContactID": "Contact", "Invoice.InvoiceID": "Invoice"}
#: Stands in digests for a record that is gone: those of stored refusals are made with it.
_GONE = "xtiger.gone"
#: What Xero counts on its own records whenever anything around them moves, and what its answer
#: to a write has beside the record.
_COUNTED = frozenset(
    {
        "UpdatedDateUTC",
        "Balances",
        "TotalCostPool",
        "StatusAttributeString",
        "HasValidationErrors",
    }
)
#: What of the organisation bars a document.
_LOCKS = ("PeriodLockDate", "EndOfYearLockDate", "PaysTax", "Edition", "Class")


@dataclass(slots=True)
class Circumstances:
    """What Xero's answer to a write depends on, as one digest; read once and then kept."""

    bench: Workbench
    _lists: str = ""
    #: Item code → digest of the item in Xero, read when the first document with lines is asked for.
    _items: dict[Plain, str] | None = None

    def digest(self, item: Item, sent: Mapping[str, Plain]) -> str:
        """Of what is sent, with real ids, and of all that bears on Xero's answer."""
        scope = self.bench.scope(item.module)
        parents = [
            self._seen(kind, str(sent[path])) for path, kind in _PARENTS.items() if sent.get(path)
        ]
        own = self._seen(item.kind, item.xero_id) if item.xero_id else ""
        return digest(
            [
                # Another release may send the same record in another way.
                xtiger.__version__,
                item.verb,
                item.xero_id,
                dict(sent),
                own,
                parents,
                [self._item(line.get("ItemCode")) for line in sent.get(LINES) or ()],
                scope.mapping.version if scope is not None else 0,
                self._settings(),
            ]
        )

    def digest_of_list(self, contact_id: str, sent: Sequence[tuple[Item, Sent]]) -> str:
        """Of all that is sent of one list of persons: any of them may spoil it for the others."""
        steps = sorted(
            [item.crm_id or "", item.xero_id or "", item.verb or "", digest(dict(values))]
            for item, values in sent
        )
        scope = self.bench.scope(sent[0][0].module)
        return digest(
            [
                xtiger.__version__,
                contact_id,
                steps,
                self._seen("Contact", contact_id),
                scope.mapping.version if scope is not None else 0,
                self._settings(),
            ]
        )

    def _settings(self) -> str:
        """Of accounts, tax rates, currencies and the organisation's locks."""
        if not self._lists:
            store, connection_id = self.bench.store, self.bench.connection_id
            organisation = self.bench.connection.organisation
            self._lists = digest(
                [
                    [str(account) for account in store.accounts(connection_id)],
                    [
                        str(replace(rate, classes=frozenset())) + str(sorted(rate.classes))
                        for rate in store.tax_rates(connection_id)
                    ],
                    list(store.currencies(connection_id)),
                    [str(organisation.get(name)) for name in _LOCKS],
                ]
            )
        return self._lists

    def _seen(self, kind: str, xero_id: str) -> str:
        bench = self.bench
        found = bench.store.shadows(bench.connection_id, "xero", kind, [xero_id]).get(xero_id)
        return _fingerprint(found) if found is not None else ""

    def _item(self, code: Plain) -> str:
        if self._items is None:
            bench = self.bench
            self._items = {
                seen.payload.get("Code"): _fingerprint(seen)
                for seen in bench.store.each_shadow(bench.connection_id, "xero", "Item")
            }
        return self._items.get(code, "") if code else ""


def _fingerprint(seen: Shadow) -> str:
    kept = {name: value for name, value in seen.payload.items() if name not in _COUNTED}
    return digest({**kept, _GONE: True} if seen.gone else kept)


@dataclass(slots=True)
class Refusals:
    """What Xero refused before, as one plan or run sees it."""

    bench: Workbench
    _around: Circumstances = field(init=False)
    _known: dict[str, dict[str, Refusal]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nothing is read yet."""
        self._around = Circumstances(self.bench)

    def of(self, module: str) -> dict[str, Refusal]:
        """CRM id → what Xero refused of it, read once."""
        if module not in self._known:
            bench = self.bench
            self._known[module] = dict(bench.store.refusals(bench.connection_id, module))
        return self._known[module]

    def standing(self, item: Item) -> Item:
        """The item; without action where Xero would refuse the same once more.

        A person who asks for the record has it sent.
        """
        barred = write_cause(item, self.bench.granted) or self._unattached(item)
        if barred is not None:
            return _without_action(item, "held", barred)
        known = self.of(item.module).get(_key(item))
        if known is None or item.verb is None or self._is_asked(item):
            return item
        if nature(item.kind).part_of:
            return item  # it goes or waits with its whole list
        if known.digest != self._around.digest(item, item.to_xero or {}):
            return item
        return _with(item, known)

    def _unattached(self, item: Item) -> Cause | None:
        scope = self.bench.scope(item.module)
        if scope is None or not scope.option(ATTACH):
            return None
        return attach_cause(item, self.bench.granted)

    def _is_asked(self, item: Item) -> bool:
        return item.crm_id is not None and Ref(item.module, item.crm_id) in self.bench.asked

    def standing_lists(self, items: Sequence[Item]) -> list[Item]:
        """The persons of one module; without action those whose list Xero would refuse once more.

        A person who asks for one of a list has all of it sent.
        """
        lists: dict[str, list[tuple[int, Item, Sent]]] = {}
        for place, item in enumerate(items):
            if nature(item.kind).part_of and item.verb is not None and item.to_xero:
                one = (place, item, item.to_xero)
                lists.setdefault(list_of(item, item.to_xero), []).append(one)
        found = list(items)
        for contact_id, sent in lists.items():
            known = [self.of(item.module).get(_key(item)) for _, item, _ in sent]
            if any(self._is_asked(item) for _, item, _ in sent):
                continue
            if not any(known):
                continue
            now = self._around.digest_of_list(
                contact_id, [(item, values) for _, item, values in sent]
            )
            for (place, item, _), refusal in zip(sent, known, strict=True):
                if refusal is not None and refusal.digest == now:
                    found[place] = _with(item, refusal)
        return found

    def remember(self, item: Item, sent: Sent, cause: Cause, result: ResultName) -> None:
        """Keep a refusal. Call it in the transaction that books it."""
        self._keep([(item, cause, result)], self._around.digest(item, sent))

    def remember_list(
        self,
        contact_id: str,
        sent: Sequence[tuple[Item, Sent]],
        refused: Sequence[tuple[Item, Cause, ResultName]],
    ) -> None:
        """Keep that a list of persons was refused. Call it in the transaction that books it.

        `sent` is all that was planned for this list, `refused` those whose outcome this is.
        """
        if sent and refused:
            self._keep(refused, self._around.digest_of_list(contact_id, sent))

    def _keep(self, refused: Sequence[tuple[Item, Cause, ResultName]], seen: str) -> None:
        bench = self.bench
        made = [
            Refusal(
                bench.connection_id,
                item.module,
                _key(item),
                seen,
                result,
                cause.code,
                canon(dict(cause.data)),
                bench.clock.now(),
                tuple({"code": one.code, "data": canon(dict(one.data))} for one in cause.also),
            )
            for item, cause, result in refused
        ]
        bench.store.save_refusals(made)
        for one in made:
            self.of(one.module)[one.crm_id] = one

    def forget(self, module: str, crm_ids: list[str]) -> None:
        """Forget those whose records went. Call it in the transaction that books that."""
        known = self.of(module) if crm_ids else {}
        gone = [one for one in crm_ids if known.pop(one, None) is not None]
        if gone:
            self.bench.store.forget_refusals(self.bench.connection_id, module, gone)


def list_of(item: Item, sent: Sent) -> str:
    """The contact whose list of persons an item changes."""
    return str(sent.get("ContactID") or contact_of(item.xero_id or ""))


def _key(item: Item) -> str:
    """Under which a refusal is kept; one who leaves a list in Xero has no record in the CRM."""
    return item.crm_id or item.xero_id or ""


def _with(item: Item, known: Refusal) -> Item:
    beside = [Cause.of_store(str(one["code"]), dict(one["data"])) for one in known.also]
    cause = Cause.of_store(known.code, known.data, beside)
    return _without_action(item, known.result, cause)


def _without_action(item: Item, result: ResultName, cause: Cause) -> Item:
    return replace(
        item,
        verb=None,
        to_xero=None,
        to_crm=None,
        result=result,
        cause=cause,
        agreed=frozenset(),
        crm_values={},
        xero_values={},
    )
