"""Contact groups: at most 100, with members that are added and taken out."""

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

_SHAPE: Shape = {
    "ContactGroupID": Guid(),
    "Name": Text(255),
    "Status": Choice("ContactGroupStatus", frozenset(("ACTIVE", "DELETED"))),
}
_MOST = 100

INDEXES = {"status": lambda raw: raw["Status"]}


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create (PUT), rename or delete (POST /{id}) one group."""
    errors: list[str] = []
    given = parse(element, _SHAPE, errors)
    before = context.get("ContactGroups", saving.path_id) if saving.path_id else None
    after: Raw = dict(before) if before else {"ContactGroupID": context.new_id(), "members": []}
    after |= {"Status": "ACTIVE"} if before is None else {}
    after |= {name: given[name] for name in ("Name", "Status") if name in given}
    live = context.find("ContactGroups", "status", "ACTIVE")
    others = [row for row in live if row["ContactGroupID"] != after["ContactGroupID"]]
    if not after.get("Name"):
        errors.append(messages.OWN_GROUP_NAME)
    elif any(folded(row["Name"]) == folded(after["Name"]) for row in others):
        errors.append(messages.OWN_GROUP_TAKEN)
    if before is None and len(live) >= _MOST:
        errors.append(messages.GROUP_COUNT)
    if errors:
        raise Invalid(errors)
    context.put("ContactGroups", after["ContactGroupID"], after)
    return after, []


def members(context: Context, asked: Asked, raw: Raw) -> Answer:
    """Answer PUT /…/Contacts (add), DELETE /…/Contacts (all out) and DELETE /…/Contacts/{id}."""
    if asked.method == "DELETE":
        if len(asked.rest) > 2 and asked.rest[2] not in raw["members"]:
            raise not_found()
        left = [key for key in raw["members"] if len(asked.rest) > 2 and key != asked.rest[2]]
        context.put("ContactGroups", raw["ContactGroupID"], raw | {"members": left})
        return Answer(204)
    if asked.method != "PUT" or len(asked.rest) > 2:
        raise not_implemented()
    given = [
        parse(row, {"ContactID": Guid()}, []) for row in rows_of(asked.body, "Contacts", "Contact")
    ]
    unknown = [row for row in given if not context.get("Contacts", row.get("ContactID", ""))]
    if unknown:
        error = {"ValidationErrors": [{"Message": messages.OWN_CONTACT_UNKNOWN}]}
        return validation([row | error for row in unknown])
    ids = [row["ContactID"] for row in given]
    after = raw | {"members": list(dict.fromkeys([*raw["members"], *ids]))}
    context.put("ContactGroups", raw["ContactGroupID"], after)
    empty: Raw = {"Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": []}
    shown = [{"ContactID": key} | empty | {"HasValidationErrors": False} for key in ids]
    return enveloped(context.new_id, context.now, {"Contacts": shown})


def of_contact(context: Context, contact_id: str) -> list[Raw]:
    """Return the groups that a contact is in, as the contact shows them."""
    return [
        {
            "ContactGroupID": row["ContactGroupID"],
            "Name": row["Name"],
            "Status": row["Status"],
            "Contacts": [],
            "HasValidationErrors": False,
        }
        for row in context.find("ContactGroups", "status", "ACTIVE")
        if contact_id in row["members"]
    ]


def render(context: Context, raw: Raw, view: View) -> Raw:
    """Return a group as Xero shows it; its members only when it is asked for by id."""
    shown: Raw = {name: raw[name] for name in ("ContactGroupID", "Name", "Status")}
    shown |= {"Contacts": [], "HasValidationErrors": False}
    if view == "full":
        found = [context.get("Contacts", key) for key in raw["members"]]
        shown["Contacts"] = [
            {
                "ContactID": row["ContactID"],
                "Name": row["Name"],
                "Addresses": [],
                "Phones": [],
                "ContactGroups": [],
                "ContactPersons": [],
                "HasValidationErrors": False,
            }
            for row in found
            if row is not None
        ]
    return shown


KIND = Kind(
    plural="ContactGroups",
    id_field="ContactGroupID",
    render=render,
    save=save,
    fields=frozenset(("ContactGroupID", "Name", "Status")),
    rows=frozenset(("Contacts",)),
    modified_since=False,
    batches=False,
    hidden=("Status", frozenset(("DELETED",))),
    verbs=frozenset({"GET", "PUT"}),
    below={"Contacts": members},
)
