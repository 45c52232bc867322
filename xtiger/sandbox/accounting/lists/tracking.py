"""Tracking categories and their options, and what of them stands on a line."""

from __future__ import annotations

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.envelope import (
    Answer,
    Invalid,
    enveloped,
    not_found,
    not_implemented,
    validation,
)
from xtiger.sandbox.accounting.kinds import Asked, Context, Kind, Saving, View, folded
from xtiger.sandbox.accounting.shapes import Choice, Guid, Shape, Text, parse
from xtiger.sandbox.accounting.writing import rows_of
from xtiger.sandbox.state import Raw

_STATUSES = frozenset(("ACTIVE", "ARCHIVED", "DELETED"))
_SHAPE: Shape = {
    "TrackingCategoryID": Guid(),
    "Name": Text(100),
    "Status": Choice("TrackingCategoryStatus", _STATUSES),
}
_OPTION_SHAPE: Shape = {
    "TrackingOptionID": Guid(),
    "Name": Text(100),
    "Status": Choice("TrackingOptionStatus", _STATUSES),
}
#: What a line sends: ids, or the names of category and option.
LINE_SHAPE: Shape = {
    "TrackingCategoryID": Guid(),
    "TrackingOptionID": Guid(),
    "Name": Text(100),
    "Option": Text(100),
}
_MOST_ACTIVE = 2
_MOST = 4

INDEXES = {"name": lambda raw: folded(raw["Name"]) if raw["Status"] == "ACTIVE" else None}


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create (PUT), rename or archive (POST /{id}) one category."""
    errors: list[str] = []
    given = parse(element, _SHAPE, errors)
    before = context.get("TrackingCategories", saving.path_id) if saving.path_id else None
    after: Raw = dict(before) if before else {"TrackingCategoryID": context.new_id(), "Options": []}
    after |= {"Status": "ACTIVE"} if before is None else {}
    after |= {name: given[name] for name in ("Name", "Status") if name in given}
    kept = [row for row in context.all("TrackingCategories") if row["Status"] != "DELETED"]
    others = [row for row in kept if row["TrackingCategoryID"] != after["TrackingCategoryID"]]
    active = [row for row in others if row["Status"] == "ACTIVE"]
    if not after.get("Name"):
        errors.append(messages.OWN_TRACKING_NAME)
    elif any(folded(row["Name"]) == folded(after["Name"]) for row in others):
        errors.append(messages.OWN_TRACKING_TAKEN)
    if (after["Status"] == "ACTIVE" and len(active) >= _MOST_ACTIVE) or len(others) >= _MOST:
        errors.append(messages.OWN_TRACKING_COUNT)
    if errors:
        raise Invalid(errors)
    context.put("TrackingCategories", after["TrackingCategoryID"], after)
    return after, []


def remove(context: Context, raw: Raw) -> Raw | Answer:
    """Delete a category that no line uses; it is shown once more with Status DELETED."""
    if _used(context, raw["TrackingCategoryID"]):
        return _refused(raw["TrackingCategoryID"], messages.OWN_TRACKING_USED)
    context.put("TrackingCategories", raw["TrackingCategoryID"], None)
    return raw | {"Status": "DELETED", "Options": []}


def _refused(category_id: str, error: str) -> Answer:
    return validation(
        [{"TrackingCategoryID": category_id, "ValidationErrors": [{"Message": error}]}]
    )


def _used(context: Context, wanted: str) -> bool:
    kinds = ("Invoices", "CreditNotes", "BankTransactions", "Quotes", "PurchaseOrders")
    return any(
        wanted in row.values()
        for kind in kinds
        for document in context.all(kind)
        for line in document["LineItems"]
        for row in line.get("Tracking", [])
    )


def options(context: Context, asked: Asked, raw: Raw) -> Answer:
    """Answer PUT /…/Options, POST and DELETE /…/Options/{TrackingOptionID}."""
    rows: list[Raw] = raw["Options"]
    found: Raw | None = None
    if len(asked.rest) > 2:
        found = next((row for row in rows if row["TrackingOptionID"] == asked.rest[2]), None)
        if found is None:
            raise not_found()
    if asked.method == "DELETE" and found is not None:
        return _without(context, raw, found)
    if asked.method != ("PUT" if found is None else "POST"):
        raise not_implemented()
    errors: list[str] = []
    given = parse(rows_of(asked.body, "Options", "TrackingOption")[0], _OPTION_SHAPE, errors)
    after: Raw = (
        dict(found) if found else {"TrackingOptionID": context.new_id(), "Status": "ACTIVE"}
    )
    after |= {name: given[name] for name in ("Name", "Status") if name in given}
    others = [row for row in rows if row["TrackingOptionID"] != after["TrackingOptionID"]]
    if not after.get("Name"):
        errors.append(messages.OWN_TRACKING_NAME)
    elif any(folded(row["Name"]) == folded(after["Name"]) for row in others):
        errors.append(messages.OWN_TRACKING_TAKEN)
    if errors:
        return _refused(raw["TrackingCategoryID"], errors[0])
    kept = [after if row is found else row for row in rows] + ([] if found else [after])
    context.put("TrackingCategories", raw["TrackingCategoryID"], raw | {"Options": kept})
    return enveloped(context.new_id, context.now, {"Options": [_flagged(after)]})


def _flagged(option: Raw) -> Raw:
    """Return an option as its own address shows it."""
    return option | {
        "HasValidationErrors": False,
        "IsDeleted": option["Status"] == "DELETED",
        "IsArchived": option["Status"] == "ARCHIVED",
        "IsActive": option["Status"] == "ACTIVE",
    }


def _without(context: Context, raw: Raw, option: Raw) -> Answer:
    if _used(context, option["TrackingOptionID"]):
        return _refused(raw["TrackingCategoryID"], messages.OWN_TRACKING_USED)
    kept = [row for row in raw["Options"] if row is not option]
    context.put("TrackingCategories", raw["TrackingCategoryID"], raw | {"Options": kept})
    gone = option | {"Status": "DELETED"}
    return enveloped(context.new_id, context.now, {"Options": [_flagged(gone)]})


def resolved(context: Context, sent: list[Raw], errors: list[str]) -> list[Raw]:
    """Return category and option ids of what a line sends; two at most, one per category."""
    rows: list[Raw] = []
    for row in sent:
        found = _pair(context, row)
        if found is None:
            errors.append(messages.OWN_TRACKING_UNKNOWN)
        else:
            rows.append(found)
    if len({row["TrackingCategoryID"] for row in rows}) < len(rows) or len(rows) > _MOST_ACTIVE:
        errors.append(messages.OWN_TRACKING_LINE)
    return rows


def _pair(context: Context, row: Raw) -> Raw | None:
    for category in context.all("TrackingCategories"):
        by_id = row.get("TrackingCategoryID") == category["TrackingCategoryID"]
        by_name = folded(row.get("Name", "")) == folded(category["Name"])
        if category["Status"] != "ACTIVE" or not (by_id or by_name):
            continue
        for option in category["Options"]:
            same = row.get("TrackingOptionID") == option["TrackingOptionID"]
            same |= folded(row.get("Option", "")) == folded(option["Name"])
            if same and option["Status"] == "ACTIVE":
                return {
                    "TrackingCategoryID": category["TrackingCategoryID"],
                    "TrackingOptionID": option["TrackingOptionID"],
                }
    return None


def shown(context: Context, rows: list[Raw]) -> list[Raw]:
    """Return a line's tracking as Xero shows it, with today's names."""
    found: list[Raw] = []
    for row in rows:
        category = context.get("TrackingCategories", row["TrackingCategoryID"]) or {}
        found += [
            row | {"Name": category["Name"], "Option": option["Name"]}
            for option in category.get("Options", [])
            if option["TrackingOptionID"] == row["TrackingOptionID"]
        ]
    return found


def render(_context: Context, raw: Raw, view: View) -> Raw:
    """Return a category as Xero shows it; archived options are in no list."""
    if view == "full":
        return raw
    return raw | {"Options": [row for row in raw["Options"] if row["Status"] == "ACTIVE"]}


KIND = Kind(
    plural="TrackingCategories",
    id_field="TrackingCategoryID",
    render=render,
    save=save,
    fields=frozenset(("TrackingCategoryID", "Name", "Status")),
    rows=frozenset(("Options",)),
    modified_since=False,
    batches=False,
    hidden=("Status", frozenset(("ARCHIVED",))),
    remove=remove,
    verbs=frozenset({"GET", "PUT"}),
    verbs_one=frozenset({"GET", "POST", "DELETE"}),
    below={"Options": options},
)
