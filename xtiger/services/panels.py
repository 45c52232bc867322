"""The service for what people see and press: panels, buttons, pages, menu and pick lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from xtiger.errors import NeedsPerson, RecordMissing, UnknownModule
from xtiger.extensions.hook_caller import named
from xtiger.hookspecs import (
    FileKind,
    MenuEntry,
    PageRequest,
    PageSpec,
    RecordAction,
    TablePage,
)
from xtiger.model.records import Change, Choice, Ref, Write
from xtiger.panels import (
    ModuleList,
    Panel,
    PanelFacts,
    build_panel,
    checked_values,
    missing_panel,
)
from xtiger.services.facts.panel_facts import PanelReader
from xtiger.services.module_list import module_list

if TYPE_CHECKING:
    from xtiger.model.records import Module
    from xtiger.ports import Context
    from xtiger.services.parts import Parts


class Panels:
    """Everything that people see of XTiger in the CRM; robust as far as it is only shown."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._host, self._store = parts, parts.host, parts.store
        self._hooks = parts.hooks

    def panel(self, module: str, record_id: str | int, connection_id: str | None = None) -> Panel:
        """The Xero Information panel of a record; raises UnknownModule.

        One that the CRM has not, or not any more, has an empty panel that says so.
        """
        tenant, crm_id, reader = self._parts.tenant(), str(record_id), PanelReader(self._parts)
        connection = reader.connection(connection_id, tenant, module, crm_id)
        with self._host.tenant(tenant):
            described = self._parts.crm_module(module)
            record = self._host.get(module, [crm_id]).get(crm_id)
            if record is None:
                return missing_panel(module, crm_id, self._parts.settings.locale)
            why = self._parts.identities.mismatch(tenant, ask_names=False)
            if why is not None:
                return build_panel(
                    PanelFacts(
                        module=module,
                        record_id=crm_id,
                        now=self._parts.clock.now(),
                        locale=self._parts.settings.locale,
                        mismatch=why,
                        crm=self._host.name,
                    )
                )
            return build_panel(reader.facts(tenant, described, record, connection))

    def module_list(self, module: str, ids: Sequence[str | int]) -> ModuleList:
        """How a page of records of a module stands in Xero, with the buttons of the list.

        A module that is not synced has an empty one, a record that is not there no mark.
        """
        actions = self.list_actions(module)
        return module_list(self._parts, module, [str(one) for one in ids], actions)

    def set_value(self, module: str, record_id: str | int, role: str, value: Any) -> None:
        """Set one field of the record's panel; raises NeedsPerson for what it does not offer."""
        self.save(self.panel(module, record_id), {role: value})

    def save(self, panel: Panel, values: Mapping[str, Any]) -> None:
        """Set fields of a panel by their role, all or none; a change of the record.

        In the CRM where it describes them, else in the store. Raises NeedsPerson for a field
        or value that the panel does not offer, and for what the CRM refuses; RecordMissing for a
        record that is not there.
        """
        if panel.is_missing:
            raise RecordMissing(panel.module, panel.record_id)
        tenant = self._parts.tenant()
        self._save(tenant, panel.module, panel.record_id, checked_values(panel, values))

    def actions(self, module: str) -> list[RecordAction]:
        """The buttons of a record of this module."""
        found, _ = self._hooks.robust_offers("record_actions", RecordAction, module=module)
        return [offer.item for offer in found]

    def list_actions(self, module: str) -> list[RecordAction]:
        """The buttons of this module's list."""
        found, _ = self._hooks.robust_offers("list_actions", RecordAction, module=module)
        return [offer.item for offer in found]

    def press(self, action: str, refs: Sequence[Ref], *, by: str = "") -> str:
        """Press a button for these records; returns a sentence.

        `by` is who pressed it, for the log. Raises UnknownModule for a button nobody brings,
        BrokenExtension.
        """
        tenant = self._parts.tenant()
        module = refs[0].module if refs else ""
        known: list[str] = []
        for hook in ("record_actions", "list_actions"):
            for offer in self._hooks.robust_offers(hook, RecordAction, module=module)[0]:
                if offer.item.name == action:
                    context = self._context(tenant, offer.extension).asked_by(by)
                    run = partial(offer.item.run, context, refs)
                    with self._host.tenant(tenant):
                        return named(offer.extension, f"its button {action}", run, str)
                known.append(offer.item.name)
        raise UnknownModule(action, list(dict.fromkeys(known)))

    def pages(self) -> list[PageSpec]:
        """The pages that extensions bring."""
        found, _ = self._hooks.robust_offers("pages", PageSpec)
        return [offer.item for offer in found]

    def page(self, request: PageRequest) -> TablePage:
        """One page as data; raises UnknownModule for a page nobody brings, BrokenExtension."""
        tenant = self._parts.tenant()
        found, _ = self._hooks.robust_offers("pages", PageSpec)
        for offer in found:
            if offer.item.name == request.page:
                load = partial(offer.item.load, self._context(tenant, offer.extension), request)
                with self._host.tenant(tenant):
                    return named(offer.extension, f"its page {request.page}", load, TablePage)
        raise UnknownModule(request.page, [offer.item.name for offer in found])

    def file(self, request: PageRequest, kind: FileKind) -> Iterator[str] | None:
        """A page as a file, a part at a time; None for a page that writes none of its own.

        Raises UnknownModule for a page nobody brings, BrokenExtension.
        """
        tenant = self._parts.tenant()
        offers = self._hooks.robust_offers("pages", PageSpec)[0]
        found = next((one for one in offers if one.item.name == request.page), None)
        if found is None:
            raise UnknownModule(request.page, [one.item.name for one in offers])
        if found.item.file is None:
            return None
        write = partial(found.item.file, self._context(tenant, found.extension), request, kind)
        what = f"its file of {request.page}"
        with self._host.tenant(tenant):
            parts: Any = named(found.extension, what, write, object)
        return self._written(iter(parts), tenant)

    def _written(self, parts: Iterator[str], tenant: str) -> Iterator[str]:
        """Each part as the tenant; what reads them may do something else in between."""
        while True:
            with self._host.tenant(tenant):
                part = next(parts, None)
            if part is None:
                return
            yield part

    def act(self, request: PageRequest, action: str, keys: Sequence[str], *, by: str = "") -> str:
        """Press a button of a page for the rows with these keys; returns a sentence.

        `by` is who pressed it, for the log. Raises UnknownModule for a page or a button nobody
        brings, BrokenExtension.
        """
        tenant = self._parts.tenant()
        known: list[str] = []
        for offer in self._hooks.robust_offers("pages", PageSpec)[0]:
            for one in offer.item.actions if offer.item.name == request.page else ():
                if one.name == action:
                    context = self._context(tenant, offer.extension).asked_by(by)
                    run = partial(one.run, context, request, keys)
                    with self._host.tenant(tenant):
                        return named(offer.extension, f"its button {action}", run, str)
                known.append(one.name)
        raise UnknownModule(action, known)

    def menu(self) -> list[MenuEntry]:
        """The entries of the menu."""
        found, _ = self._hooks.robust_offers("menu", MenuEntry)
        return [offer.item for offer in found]

    def pick_list(self, name: str, connection_id: str | None = None) -> list[Choice]:
        """The choices of a field that Xero decides: names as in the hook pick_lists."""
        connection = self._parts.connection(connection_id)
        found, _ = self._hooks.robust_offers(
            "pick_lists",
            Choice,
            connection.id,
            context=self._parts.context_of(connection.tenant),
            tenant=connection.tenant,
            connection=connection,
            name=name,
        )
        return [offer.item for offer in found]

    def _context(self, tenant: str, extension: str) -> Context:
        return self._parts.context_of(tenant).for_extension(extension)

    def _save(
        self, tenant: str, module: str, crm_id: str, values: Mapping[str, str | bool]
    ) -> None:
        if not values:
            return
        self._parts.identities.require(tenant)
        with self._host.tenant(tenant):
            described = self._parts.crm_module(module)
            found = self._host.get(module, [crm_id]).get(crm_id)
            if found is None or found.deleted:
                raise RecordMissing(module, crm_id)
            fields = {role: described.by_role(role) for role in values}
            in_host = {f.name: values[role] for role, f in fields.items() if f is not None}
            in_store = {role: values[role] for role, f in fields.items() if f is None}
            with self._store.transaction() if in_store else nullcontext():
                for role, value in in_store.items():
                    self._store.save_panel_value(tenant, module, crm_id, role, value)
                with self._host.transaction():
                    if in_store:
                        self._host.note(
                            Change(Ref(module, crm_id), "updated", self._parts.clock.now())
                        )
                    if in_host:
                        self._write(module, crm_id, in_host, described)

    def _write(
        self, module: str, crm_id: str, values: Mapping[str, str | bool], described: Module
    ) -> None:
        """Write fields of a record in one write; raises NeedsPerson when the CRM refuses it."""
        problem = self._host.save(module, [Write(dict(values), id=crm_id)])[0].problem
        if problem is not None:
            labels = {field.name: field.label or field.name for field in described.fields}
            refused = [problem.field] if problem.field in labels else [*values]
            named = ", ".join(labels[name] for name in refused)
            raise NeedsPerson(f"The CRM refused {named}: {problem.message} Nothing was changed.")
