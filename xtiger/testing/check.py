"""Looks a CRM's adapter over without writing, and says in sentences what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import nullcontext
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from xtiger.errors import XTigerError
from xtiger.model.records import Field, FieldType, Module, Record, Ref
from xtiger.model.roles import MODULE_NAMES, MODULE_ROLES, ROLES, needed_roles
from xtiger.model.values import require_plain
from xtiger.ports.host import API, Host
from xtiger.ports.interrupts import FOREIGN, by_signal
from xtiger.rules.preflight import url_refused

T = TypeVar("T")

#: How many records of each module are looked at.
SAMPLE: Final = 5
#: What of roles holds a price, which Xero keeps with four decimal places.
PRICES: Final = ("unit_price", "sales_price", "purchase_price")
PLACES: Final = 4
#: Field type → the Python types of its values; what is not here may be any plain value.
_PYTHON: Final[dict[FieldType, tuple[type, ...]]] = {
    "text": (str,),
    "long_text": (str,),
    "choice": (str,),
    "email": (str,),
    "phone": (str,),
    "url": (str,),
    "ref": (str,),
    "int": (int,),
    "decimal": (Decimal, int),
    "money": (Decimal, int),
    "bool": (bool,),
    "date": (date,),
    "datetime": (datetime,),
    "multi_choice": (list, tuple),
}


def check_host(host: Host) -> list[str]:
    """What the adapter lacks, one sentence with the fix each; empty when all is well.

    Only reads: the description of the modules, the first records of each, currencies, taxes;
    the CRM's id is made when it is asked for the first time.
    An adapter may add sentences of its own by a method `findings()`.
    What the adapter raises becomes a sentence too.
    """
    sentences, problems = _asked("api", partial(_check_api, host))
    found = [*sentences, *problems]
    modules, problems = _asked("modules()", host.modules)
    found += problems
    names = [module.name for module in modules]
    found += _twice(names, "The CRM describes the module {!r} twice. Give each module one name.")
    if not modules and not found:
        found.append("The CRM describes no module. Answer at least one from modules().")
    for module in modules:
        found += _check_module(module, set(names), _places(host))
        sentences, problems = _asked("caps", partial(_check_fit, host, module))
        found += [*_at(_places(host)(module.name), sentences), *problems]
    found += _check_names(modules, _places(host))
    # What only the adapter knows, such as columns that nothing fills; no part of the interface.
    sentences, problems = _asked("findings()", getattr(host, "findings", tuple))
    found += [*sentences, *problems]
    sentences, problems = _asked("base_currency(), currencies() or taxes()", partial(_money, host))
    found += [*_at(_places(host)(), sentences), *problems]
    sentences, problems = _asked("identity()", partial(_check_identity, host))
    found += [*sentences, *problems]
    tenants, problems = _asked("tenants()", host.tenants)
    found += problems
    if not tenants:
        return [*found, 'The CRM names no tenant. Answer [""] from tenants() where it has one.']
    sentences, problems = _asked("tenant()", partial(_check_reading, host, tenants, modules))
    return list(dict.fromkeys([*found, *sentences, *problems]))


def _check_api(host: Host) -> Iterator[str]:
    if host.api[0] != API[0]:
        yield (
            f"The adapter speaks interface {host.api[0]}.{host.api[1]}, this release speaks "
            f"{API[0]}.{API[1]}. Install the release of the adapter that fits."
        )


def _check_reading(host: Host, tenants: list[str], modules: Iterable[Module]) -> Iterator[str]:
    with host.tenant(tenants[0]) if len(tenants) > 1 else nullcontext():
        for module in modules:
            sentences, problems = _asked(
                f"Reading {module.name}", partial(_check_records, host, module)
            )
            place = _places(host)(module.name)
            yield from (*sentences, *_at(place, problems))


def _asked(what: str, ask: Callable[[], Iterable[T]]) -> tuple[list[T], list[str]]:
    """What the adapter answers, or a sentence about what it raises."""
    try:
        return list(ask()), []
    except XTigerError as error:
        return [], [f"{what} failed: {error}"]
    except FOREIGN as error:  # an adapter may raise anything; that is the finding
        if by_signal(error):
            raise
        # Only the type is shown: the message may hold data of the CRM.
        return [], [
            f"{what} raised {type(error).__name__}. Run it in the CRM's shell to see where."
        ]


def _twice(names: Iterable[str], sentence: str) -> list[str]:
    seen: set[str] = set()
    again = [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
    return [sentence.format(name) for name in dict.fromkeys(again)]


def _check_identity(host: Host) -> Iterator[str]:
    # An adapter of interface 1.0 has no such method. A CRM that shares no transaction with the
    # library is a remote one, where nothing can be kept.
    ask = getattr(host, "identity", None)
    if host.caps.shares_transaction and (ask is None or ask() is None):
        yield (
            "The CRM has no id of its own, so a database made anew or a restored backup is only "
            "known by the names of its records. Keep an id and a count of runs in the CRM's "
            "database and answer both from identity(): HostTables of xtiger.hosts.tables has them."
        )


# --- where it stands ---


class Places(Protocol):
    """File and line of a field of a module, of a module, or of the host; "" where unknown."""

    def __call__(self, module: str = "", field: str = "", *, lines: bool = False) -> str:
        """Such as mycrm/xero.py:14."""
        ...


def _places(host: Host) -> Places:
    """What the adapter knows of its own lines; no part of the interface."""
    places: Places = getattr(host, "declared_at", lambda *_, **__: "")
    return places


def _at(place: str, sentences: Iterable[str]) -> Iterator[str]:
    """The sentences, each with the place that it speaks of."""
    for sentence in sentences:
        yield f"{sentence} ({place})" if place else sentence


# --- the description ---


def _check_names(modules: Iterable[Module], places: Places) -> Iterator[str]:
    """A module travels under the library's name for its role alone."""
    synced = {module.name: module.role for module in modules}
    for name, role in synced.items():
        yield from _at(places(name), _check_name(name, role, synced))


def _check_name(name: str, role: str | None, synced: Container[str]) -> Iterator[str]:
    roles = {name: role for role, name in MODULE_NAMES.items()}
    wanted = MODULE_NAMES.get(role or "")
    if wanted is not None and wanted not in synced:
        yield (
            f"{name}: modules of the role {role!r} are synced under the name {wanted!r}, "
            f"so this one never is. Name it {wanted!r}, with label={name!r} for people."
        )
    elif roles.get(name, role) != role:
        yield f"{name}: is synced as {roles[name]!r}. Say role={roles[name]!r}, or rename it."


def _check_module(module: Module, names: set[str], places: Places) -> Iterator[str]:
    yield from _at(places(module.name), _check_whole(module))
    for lines, fields in ((False, module.fields), (True, module.lines)):
        for field in fields:
            found = _check_field(module, field, names, lines=lines)
            yield from _at(places(module.name, field.name, lines=lines), found)


def _check_whole(module: Module) -> Iterator[str]:
    where = module.name
    if module.role is not None and module.role not in MODULE_ROLES:
        known = ", ".join(MODULE_ROLES)
        yield f"{where}: the module role {module.role!r} is not known. Known: {known}."
    if not module.fields:
        yield f"{where}: no field is described. List the fields that may be synced."
    yield from _twice((f.name for f in module.fields), f"{where}: {{!r}} is described twice.")
    yield from _twice((f.name for f in module.lines), f"{where}, lines: {{!r}} is described twice.")
    roles = [f.role for f in (*module.fields, *module.lines) if f.role is not None]
    yield from _twice(
        roles, f"{where}: two fields have the role {{!r}}. Leave it on the one that counts."
    )
    for role in needed_roles(module.role or ""):
        if role not in roles:
            yield (
                f"{where}: no field has the role {role!r} ({ROLES[role].sentence.rstrip('.')}). "
                f"Add role={role!r} to the field that holds it."
            )
    yield from _check_parents(module)


def _check_field(module: Module, field: Field, names: set[str], *, lines: bool) -> Iterator[str]:
    where = f"{module.name}.{'lines.' if lines else ''}{field.name}"
    if field.role is not None:
        role = ROLES.get(field.role)
        prefix = field.role.partition(".")[0]
        fitting = ("line",) if lines else (module.role, "xtiger")
        if role is None:
            yield f"{where}: the role {field.role!r} is not known. See the list in docs/host.md."
        elif prefix not in fitting:
            yield f"{where}: the role {field.role!r} belongs to another kind of record. Remove it."
        elif field.type not in role.types:
            yield (
                f"{where}: the type {field.type!r} does not fit the role {field.role!r}. "
                f"It takes {' or '.join(role.types)}."
            )
    yield from _check_places(field, where)
    if field.type == "ref" and not field.targets:
        yield f"{where}: a reference without targets. Name the module that it points to."
    for target in field.targets:
        if target not in names:
            yield f"{where}: points to {target!r}, which is not described. Describe that module."
    if field.type in ("choice", "multi_choice") and not field.choices:
        yield f"{where}: a pick list without choices. List them, or make it a text field."


def _check_places(field: Field, where: str) -> Iterator[str]:
    places = field.decimals
    if (field.role or "").endswith(PRICES) and places is not None and places < PLACES:
        yield (
            f"{where}: keeps {places} decimal places and Xero prices have {PLACES}, so such a "
            f"price from Xero never agrees. Make it a column of {PLACES} places, such as "
            f"NUMERIC(18, {PLACES})."
        )


def _check_parents(module: Module) -> Iterator[str]:
    for name in module.parents:
        field = module.by_name(name)
        if field is None or field.type != "ref":
            yield f"{module.name}: the parent {name!r} is no reference field. Name a reference."
    invoice = module.by_role("payment.invoice")
    if module.role == "payment" and invoice is not None and invoice.name not in module.parents:
        yield (
            f"{module.name}: a payment does not mark its invoice as changed. "
            f"Add parents=[{invoice.name!r}]."
        )


def _check_fit(host: Host, module: Module) -> Iterator[str]:
    """Whether what the module can and what the host can agree."""
    caps = host.caps
    if module.lines and not caps.line_items:
        yield f"{module.name}: has lines, but the capability line_items is off. Switch it on."
    if "tombstones" in module.can and not caps.tombstones:
        yield f"{module.name}: has tombstones, but the capability is off. Switch it on."
    if "read" not in module.can:
        yield f'{module.name}: cannot be read, so it cannot be synced. Add "read" to what it can.'
    if module.role == "invoice" and not (
        module.by_role("line.product") or module.by_role("line.service")
    ):
        yield (
            f"{module.name}: the lines point to no product or service, so invoices reach Xero "
            'without items. Add a field with the role "line.product".'
        )


# --- what it answers ---


def _money(host: Host) -> Iterator[str]:
    base = host.base_currency()
    if len(base) != 3 or not base.isascii() or not base.isupper():
        yield f"The base currency {base!r} is not three capital letters, such as GBP."
    codes = [currency.code for currency in host.currencies()]
    if base not in codes:
        yield f"The base currency {base} is not among the currencies. Answer it from currencies()."
    for tax in host.taxes():
        if isinstance(tax.percent, float) or not isinstance(tax.percent, Decimal | int):
            yield f"The tax {tax.name!r} has no Decimal as percent. Use Decimal('20') for 20 %."


def _check_records(host: Host, module: Module) -> Iterator[str]:
    if "read" not in module.can:
        return
    page = host.changed_since(module.name, None, SAMPLE)
    if module.role in ("organisation", "invoice"):
        example = page.records[0].ref if page.records else Ref(module.name, "1")
        yield from _at(_places(host)(module.name), _check_address(module, host.url(example)))
    reported: set[str] = set()
    for record in page.records:
        for name, sentence in _check_record(module, record):
            if name not in reported:
                reported.add(name)
                yield sentence


def _check_address(module: Module, address: str | None) -> Iterator[str]:
    if not address:
        yield (
            f"{module.name}: records have no page address, so Xero cannot point back to "
            "them. Answer one from url()."
        )
    elif url_refused(address):
        yield (
            f"{module.name}: Xero takes no page address like {address}, so invoices go without "
            "it. Answer a whole address from url(), with http:// or https:// and without "
            "the word xero."
        )


def _check_record(module: Module, record: Record) -> Iterator[tuple[str, str]]:
    """(field, sentence) for each value that is not what the description says."""
    # Looked at as any object: an adapter without types may answer a number.
    record_id: object = record.ref.id
    if not isinstance(record_id, str):
        yield "id", f"{module.name}: the id of a record is no text. Answer str(id)."
    yield from _check_values(module.name, module.fields, record.values)
    for line in record.lines:
        yield from _check_values(f"{module.name}.lines", module.lines, line)


def _check_values(where: str, fields: Iterable[Field], values: Any) -> Iterator[tuple[str, str]]:
    for field in fields:
        place = f"{where}.{field.name}"
        if field.name not in values:
            yield place, f"{place}: described, but not among the values. Answer None when empty."
            continue
        value = values[field.name]
        try:
            require_plain(value)
        except TypeError:
            advice = "Decimal" if isinstance(value, float) else "a plain value"
            yield place, f"{place}: the value is a {type(value).__name__}. Answer {advice}."
            continue
        expected = _PYTHON.get(field.type)
        wrong = isinstance(value, bool) and field.type != "bool"
        if value is not None and expected and (wrong or not isinstance(value, expected)):
            yield (
                place,
                (
                    f"{place}: described as {field.type}, but the value is a "
                    f"{type(value).__name__}. Correct the type or convert the value."
                ),
            )
        if isinstance(value, datetime) and value.tzinfo is None:
            yield place, f"{place}: the moment has no time zone. Answer it in UTC."
