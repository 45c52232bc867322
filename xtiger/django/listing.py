"""A module's list on a page of Django: the bar above it, a box and a word for each record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from xtiger.django.panel import library_for, said
from xtiger.django.project import config
from xtiger.django.site import on_page
from xtiger.errors import XTigerError
from xtiger.model.records import Ref
from xtiger.panels import ModuleList
from xtiger.web.module_list import drawn_list


@dataclass(frozen=True, slots=True)
class DrawnList:
    """The list for the user of one request; each method draws a part."""

    found: ModuleList
    #: Object → its id as a record of the module.
    ids: Mapping[Any, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The bar, where a template writes the list itself."""
        return str(self.bar())

    def __html__(self) -> str:
        """The same; it is escaped already."""
        return str(self.bar())

    @property
    def is_shown(self) -> bool:
        """Whether the list has the column at all."""
        return self.found.is_shown

    def bar(self) -> SafeString:
        """Above the table: buttons for the ticked records, Sync now, pages of the module."""
        return _safe(self.found.bar())

    def box(self, record: Any, name: str = "") -> SafeString:
        """The tick box of an object, called `name`, else as the object is; empty where none is."""
        crm_id = self._id(record)
        return _safe("" if crm_id is None else self.found.box(crm_id, name or str(record)))

    def cell(self, record: Any) -> SafeString:
        """How an object stands in Xero; empty for one that is no record of the module."""
        crm_id = self._id(record)
        return _safe("" if crm_id is None else self.found.cell(crm_id))

    def _id(self, record: Any) -> str | None:
        return None if getattr(record, "pk", None) is None else self.ids.get(record)


def list_of(records: Iterable[Any], request: Any, module: str = "") -> DrawnList:
    """The list of the objects that a page shows; where it cannot be shown, why.

    They are of `module`; left out, of the module of the first one.
    """
    owners = [one for one in records if getattr(one, "pk", None) is not None]
    try:
        host = config().host
        if not module and not owners:
            return DrawnList(ModuleList("", {}))
        ids = host.ids_in(name := module or host.ref(owners[0]).module, owners)
        found = library_for(request).module_list(name, list(ids.values()))
        with on_page(request, {Ref(name, crm_id): one for one, crm_id in ids.items()}):
            drawn = drawn_list(found)
    except XTigerError as error:
        problem = ModuleList(module, {}, note=said(error), style_url=reverse("xtiger:style"))
        return DrawnList(problem)
    return DrawnList(replace(drawn, next_url=request.get_full_path()), ids)


def _safe(drawn: str) -> SafeString:
    # The library's template escapes each of its values.
    return mark_safe(str(drawn))  # noqa: S308
