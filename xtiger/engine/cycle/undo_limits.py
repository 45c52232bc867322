"""What an undo leaves as it is: what Xero would refuse, and what money there says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from xtiger.engine.apply.written import UNMAPPED
from xtiger.engine.plan.invoice.inward import CREDIT, MONEY
from xtiger.engine.plan.removals import money_stands, payment_lock, period_cause, reconciled
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.changeable import head_may_change
from xtiger.mapping.convert import LINES
from xtiger.model.plans import Cause, Item
from xtiger.model.records import Field, Ref, XeroRecord
from xtiger.model.undo.images import Image
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.causes import cause_of

#: What a payment has at least; without these none is made anew.
PAYMENT = ("Amount", "Date", "Invoice.InvoiceID", "Account.AccountID")
#: Role of a figure of an invoice → what Xero calls it.
_FIGURES = {
    "invoice.received": "AmountPaid",
    "invoice.credited": "AmountCredited",
    "invoice.balance": "AmountDue",
}
#: So many records that name another are looked at; one that stays is enough.
_USERS = 50
#: Statuses that no approved document goes back to.
_BEFORE_APPROVAL = ("DRAFT", "SUBMITTED")


def refused_back(
    scope: Scope, xero: XeroRecord | None, back: Mapping[str, Plain], books: Mapping[str, Any]
) -> Cause | None:
    """Why Xero would not take back these values; None where it does. `books`: the organisation.

    They go before any payment of this undo is deleted.
    """
    if xero is None or not back:
        return None
    if scope.traits.pays:
        if any(back.get(path) is None for path in PAYMENT):
            return cause_of("undo_not_back")
        return payment_lock(xero) or period_cause(xero, books)
    if scope.traits.is_money:
        return reconciled(xero) or period_cause(xero, books)
    if not scope.traits.lines:
        return None
    return period_cause(xero, books) or _fixed(scope, xero, back)


def _fixed(scope: Scope, xero: XeroRecord, back: Mapping[str, Plain]) -> Cause | None:
    """What of a paid, credited or approved document cannot change."""
    fixed: list[str] = []
    if money_stands(xero):
        all_of_it = scope.gives_back
        fixed = [
            one
            for one in back
            if all_of_it or one in (LINES, "Status") or not head_may_change(one, "paid")
        ]
    elif back.get("Status") in _BEFORE_APPROVAL and xero.status not in _BEFORE_APPROVAL:
        fixed = ["Status"]
    if not fixed:
        return None
    labels = {row.xero.path: row.label for row in scope.rows}
    shown = "approved"
    if money_stands(xero):
        shown = "paid" if xero.status == "PAID" else "part paid"
    return cause_of(
        "invoice_locked", status=shown, fields=", ".join(labels.get(one, one) for one in fixed)
    )


def without_money(
    scope: Scope, image: Image, xero: XeroRecord | None, *, opens: bool
) -> tuple[Image, Cause | None]:
    """An image without what follows money that stays in Xero, and the cause where there is any.

    What the CRM says is paid or credited is what Xero has: another figure would be wrong.
    `opens`: credit goes from it, after which the figures of before may be right again.
    """
    if xero is None or not scope.traits.lines or not money_stands(xero):
        return image, None
    fields = [(key, scope.module.by_role(role)) for key, role in UNMAPPED]
    follow = [
        (key, one)
        for key, one in fields
        if one is not None
        and one.name in image.crm
        and not (opens and _is_right_again(one, image.crm[one.name][0], xero))
    ]
    empty = image.did == "changed" and not image.xero and not image.crm
    if not follow and not empty:
        return image, None
    names, keys = {one.name for _, one in follow}, {key for key, _ in follow}
    money = {MONEY, CREDIT} if follow or not opens else set()
    left = replace(
        image,
        crm={name: both for name, both in image.crm.items() if name not in names},
        base={key: pair for key, pair in image.base.items() if key not in keys | money},
    )
    said = ", ".join(one.label or one.name for _, one in follow) or scope.name
    return left, cause_of("undo_money", fields=said)


def _is_right_again(described: Field, before: Plain, xero: XeroRecord) -> bool:
    """Whether what the CRM said before is what Xero says once the credit is off."""
    if described.role == "invoice.status":
        return xero.status != "PAID"
    there = as_decimal(xero.values.get(_FIGURES.get(described.role or "", ""))) or Decimal(0)
    return (as_decimal(before) or Decimal(0)) == there


def users_of(bench: Workbench, ref: Ref) -> set[Ref]:
    """The records of the CRM that name this one, such as the payments of an invoice."""
    found: set[Ref] = set()
    for module in bench.host.modules():
        for field in module.fields:
            if field.type == "ref" and ref.module in field.targets:
                records = bench.host.find(module.name, field.name, ref.id, _USERS)
                found |= {one.ref for one in records if not one.deleted}
    return found - {ref}


def kept_in_use(items: Sequence[Item], users: Mapping[Ref, set[Ref]]) -> dict[Ref, str]:
    """Records that would be deleted in the CRM and are in use by what stays → by which modules."""
    leaving = {Ref(one.module, one.crm_id or "") for one in items if one.verb == "delete"} & {
        *users
    }
    kept: dict[Ref, str] = {}
    while True:
        used = {ref: users[ref] - leaving for ref in leaving if users[ref] - leaving}
        if not used:
            return kept
        kept |= {ref: ", ".join(sorted({one.module for one in by})) for ref, by in used.items()}
        leaving -= {*used}
