"""What of the rows of a mapping cannot work, by the two fields of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from xtiger.mapping.lint.field_types import fit, fitting
from xtiger.mapping.lint.finding import Finding, finding
from xtiger.mapping.xero_fields import XERO_FIELDS, XeroField
from xtiger.model.mappings import Mapping, ModuleSettings, Row
from xtiger.model.records import Field, Module
from xtiger.model.roles import GIVEN_ONCE, ROLES

#: Types of text whose length Xero limits as it stands.
_LIMITED = ("text", "name", "email", "street")


def row_findings(mapping: Mapping, module: Module | None) -> list[Finding]:
    """What is wrong with each row; a known role that the CRM lacks is left out, and no fault."""
    if module is None:
        return [finding("no_module", mapping.module)]
    look = _Look(mapping, module)
    return [one for row in mapping.rows for one in look.at(row)]


def converter_findings(mapping: Mapping, converters: Collection[str]) -> list[Finding]:
    """Each converter that a row names and no enabled extension brings."""
    names = {row.converter for row in mapping.rows} - {"", *converters}
    return [finding("converter_unknown", mapping.module, name=name) for name in sorted(names)]


@dataclass(slots=True)
class _Look:
    """One look through the rows, which remembers what those before filled."""

    mapping: Mapping
    module: Module
    seen: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)

    def at(self, row: Row) -> Iterator[Finding]:
        """What is wrong with the next row."""
        name, kind = self.mapping.module, self.mapping.kind
        crm = self.module.by_role(row.crm) or self.module.by_name(row.crm)
        xero = XERO_FIELDS.get(kind, {}).get(row.xero)
        if xero is None:
            yield finding("xero_field_unknown", name, row.crm, kind=kind, xero=row.xero)
            return
        if crm is None:
            if row.crm not in ROLES:
                yield finding("crm_field_unknown", name, row.crm, crm=row.crm)
            return
        both = {"crm": row.crm, "xero": row.xero}
        comes = row.direction != "to_xero"
        if row.xero in self.seen:
            yield finding("mapped_twice", name, _label(crm), xero=row.xero)
        self.seen.add(row.xero)
        if comes and crm.name in self.filled:
            yield finding("filled_twice", name, _label(crm), crm=row.crm)
        self.filled |= {crm.name} if comes else set()
        if row.direction == "to_xero" and not xero.writable:
            yield finding("xero_read_only", name, _label(crm), xero=row.xero)
        if row.direction == "to_crm" and not crm.writable:
            yield finding("crm_read_only", name, _label(crm), **both)
        yield from self._types(row, crm, xero)

    def _types(self, row: Row, crm: Field, xero: XeroField) -> Iterator[Finding]:
        """What is wrong with the types and lengths; a converter makes another value of it."""
        name, label = self.mapping.module, _label(crm)
        both = {"crm": row.crm, "xero": row.xero}
        fits = "both" if row.converter else fit(xero.type, crm.type)
        if fits == "no" and xero.type in ("price", "number"):
            yield finding("no_number", name, label, **both)
        elif fits == "no":
            takes = ", ".join(fitting(xero.type))
            yield finding("types_differ", name, label, type=crm.type, takes=takes, **both)
        elif fits == "to_xero" and row.direction != "to_xero" and crm.writable:
            yield finding("one_way_type", name, label, type=crm.type, **both)
        if row.direction == "to_crm" or row.converter or not xero.writable:
            return
        if xero.type in _LIMITED and (crm.max_length or 0) > (
            xero.max_length or crm.max_length or 0
        ):
            yield finding(
                "longer",
                name,
                label,
                crm=label,
                xero=xero.label or xero.path,
                length=crm.max_length,
                limit=xero.max_length,
            )


def _label(crm: Field) -> str:
    return crm.label or crm.name


# --- what neither side gives -------------------------------------------------------------------


def unfilled(mapping: Mapping, module: Module, settings: ModuleSettings, own: str) -> list[Finding]:
    """What one side demands of a new record, and no row fills.

    `own` is the role of the module. What comes into the CRM with the document itself (its status,
    its sums) is asked of no row.
    """
    found = []
    bound = [(row, module.by_role(row.crm) or module.by_name(row.crm)) for row in mapping.rows]
    sent = {row.xero for row, crm in bound if crm is not None and row.direction != "to_crm"}
    if settings.to_xero() and settings.create_in_xero:
        # Whose person a person is goes without saying.
        demanded = (one for one in XERO_FIELDS.get(mapping.kind, {}).values() if one.required)
        wanted = [one for one in demanded if own != "contact"]
        found += [
            finding("xero_unfilled", mapping.module, xero=one.label or one.path)
            for one in wanted
            if one.path not in sent
        ]
    if settings.to_crm() and settings.create_in_crm:
        came = {
            crm.name
            for row, crm in bound
            if crm is not None and (row.direction != "to_xero" or crm.role in GIVEN_ONCE)
        }
        found += [
            finding("crm_unfilled", mapping.module, _label(one), crm=_label(one))
            for one in module.fields
            if one.required and one.writable and one.name not in came
            if one.role is None or own not in _DOCUMENTS
        ]
    return found


#: Roles of modules whose records bring more than their rows.
_DOCUMENTS = ("invoice", "payment")
