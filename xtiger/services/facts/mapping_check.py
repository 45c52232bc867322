"""What of the mappings of a connection cannot work, by the lists as last read and by records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from xtiger.mapping.documents.tracking import CATEGORIES, THEMES
from xtiger.mapping.lint.finding import Finding, finding_of
from xtiger.mapping.lint.lint import lint
from xtiger.mapping.lint.options import Lists
from xtiger.model import setting_keys
from xtiger.rules.kinds import nature
from xtiger.rules.waiting import NEEDING

if TYPE_CHECKING:
    from xtiger.engine.plan.preview import Previewed
    from xtiger.hookspecs import SyncModule
    from xtiger.model.connections import Connection
    from xtiger.model.plans import Cause
    from xtiger.model.records import Module
    from xtiger.services.parts import Parts

#: Records of a module that are looked at unless somebody says how many, and that are shown whole.
LOOKED_AT: Final = 100
SHOWN: Final = 3
#: Names of records that a finding gives.
_NAMED = 3
#: Reasons that only say that another record goes first.
_OF_OTHERS = frozenset({"waits_for_parent", "parent_left_out"})
#: How codes begin that say nothing while Xero's lists were not read.
_OF_LISTS = (
    "account_",
    "tax_",
    "taxes_",
    "group_tax",
    "purchase_",
    "payment_account",
    "receipt_",
    "currency_not_enabled",
)


@dataclass(frozen=True, slots=True)
class ModuleCheck:
    """What was found in one module."""

    module: str
    #: The worst first.
    findings: tuple[Finding, ...]
    #: Records as the mapping shows them, one that waits among them where there is any.
    samples: tuple[Previewed, ...] = ()
    #: Records that were looked at, and whether the CRM has more.
    looked_at: int = 0
    more: bool = False


class MappingCheck:
    """Looks at the modules of one connection; asks nothing of Xero."""

    def __init__(self, parts: Parts, connection: Connection) -> None:
        self._parts, self._store, self._connection = parts, parts.store, connection
        self._described = parts.described()

    def quick(self) -> list[Finding]:
        """What cannot work by mapping, settings and Xero's lists alone, in all modules."""
        lists = self._lists()
        return [
            one
            for sync in self._syncs()
            for one in self._lint(sync, lists)
            if one.severity == "error"
        ]

    def whole(self, names: Sequence[str], limit: int) -> list[ModuleCheck]:
        """Everything of these modules (none named: all), with so many records of each."""
        host = self._parts.host
        with host.tenant(self._connection.tenant):
            taxes = host.taxes() if host.caps.tax_table else ()
            currencies = tuple(one.code for one in host.currencies() if one.active)
        lists = replace(self._lists(), crm_taxes=taxes, crm_currencies=currencies)
        wanted = [sync for sync in self._syncs() if not names or sync.name in names]
        return [self._module(sync, lists, limit) for sync in wanted]

    def _syncs(self) -> list[SyncModule]:
        """The modules that the CRM has."""
        known = {module.name for module in self._described}
        return [one for one in self._parts.modules(self._connection.id) if one.name in known]

    def _lists(self) -> Lists:
        store, key = self._store, self._connection.id
        kept = {kind: store.setting(setting_keys.named_list(key, kind)) for kind in _NAMED_LISTS}
        return Lists(
            accounts=store.accounts(key),
            rates=store.tax_rates(key),
            currencies=frozenset(store.currencies(key)),
            base_currency=self._connection.base_currency,
            categories=_mapping(kept[CATEGORIES]),
            themes=_mapping(kept[THEMES]),
            described=self._described,
            item_modules=tuple(
                one.name for one in self._syncs() if nature(one.kind).known_by == "code"
            ),
        )

    def _lint(self, sync: SyncModule, lists: Lists) -> list[Finding]:
        store, key = self._store, self._connection.id
        return lint(
            sync,
            self._of(sync),
            store.mapping(key, sync.name),
            store.module_settings(key, sync.name),
            lists,
            self._parts.converters(key),
        )

    def _of(self, sync: SyncModule) -> Module | None:
        return next((one for one in self._described if one.name == sync.name), None)

    def _module(self, sync: SyncModule, lists: Lists, limit: int) -> ModuleCheck:
        found = self._lint(sync, lists)
        chosen = self._store.module_settings(self._connection.id, sync.name)
        mapped = self._store.mapping(self._connection.id, sync.name) is not None
        # What cannot be read of the settings, such as a filter on a field that is gone, ends a run.
        stopped = any(one.refused or one.code == "setting" for one in found)
        if not (limit and mapped and chosen.enabled) or stopped:
            return ModuleCheck(sync.name, tuple(found))
        host = self._parts.host
        with host.tenant(self._connection.tenant):
            page = host.changed_since(sync.name, None, limit)
        ids = [one.ref.id for one in page.records if not one.deleted][:limit]
        seen = self._parts.runs.previewed(self._connection, sync.name, ids) if ids else []
        waiting = list(_waiting(sync.name, seen, lists))
        return ModuleCheck(sync.name, (*found, *waiting), _shown(seen, lists), len(seen), page.more)


_NAMED_LISTS: Final = (CATEGORIES, THEMES)


def _mapping(kept: object) -> Mapping[str, object] | None:
    return dict(kept) if isinstance(kept, Mapping) else None


def _causes(one: Previewed, lists: Lists) -> list[Cause]:
    """Why a record would wait for a person, as far as that can be known."""
    each = one.item.cause.each() if one.item.cause is not None else ()
    return [
        cause
        for cause in each
        if cause.code in NEEDING
        and cause.code not in _OF_OTHERS
        and (lists.read or not cause.code.startswith(_OF_LISTS))
    ]


def _waiting(module: str, seen: Sequence[Previewed], lists: Lists) -> Iterator[Finding]:
    """Each reason that keeps records back, with their number and the first of them."""
    names: dict[str, list[str]] = {}
    first: dict[str, Cause] = {}
    for one in seen:
        for cause in {cause.code: cause for cause in _causes(one, lists)}.values():
            names.setdefault(cause.code, []).append(one.item.name)
            first.setdefault(cause.code, cause)
    for cause in first.values():
        named = names[cause.code]
        made = finding_of(cause, module, "warning")
        yield replace(made, count=len(named), records=tuple(named[:_NAMED]))


def _shown(seen: Sequence[Previewed], lists: Lists) -> tuple[Previewed, ...]:
    """The first records that go, and the first that waits in place of the last of them."""
    waits = [one for one in seen if _causes(one, lists)]
    goes = [one for one in seen if one not in waits]
    return tuple([*goes[: SHOWN - bool(waits)], *waits][:SHOWN])
