"""Files attached to an object: raw bytes by name, ten at most, listed without their content."""

from __future__ import annotations

import base64
from urllib.parse import quote

from xtiger.sandbox.accounting import history, messages
from xtiger.sandbox.accounting.envelope import (
    Answer,
    enveloped,
    not_found,
    not_implemented,
    validation,
)
from xtiger.sandbox.accounting.kinds import Asked, Context, Kind
from xtiger.sandbox.state import Raw

_MOST = 10
_LARGEST = 10 * 1024 * 1024
_FORBIDDEN = frozenset('<>:"/\\|?*+\0')

INDEXES = {"owner": lambda raw: raw["owner"]}


def answer(context: Context, kind: Kind, asked: Asked, raw: Raw) -> Answer:
    """Answer /X/{id}/Attachments and /X/{id}/Attachments/{FileName or AttachmentID}."""
    owner = str(raw[kind.id_field])
    kept = context.find("Attachments", "owner", owner)
    if len(asked.rest) == 2:
        if asked.method != "GET":
            raise not_implemented()
        return _listed(context, kept)
    key = "/".join(asked.rest[2:])
    found = next((row for row in kept if key in (row["FileName"], row["AttachmentID"])), None)
    if asked.method == "GET":
        if found is None:
            raise not_found()
        content = base64.b64decode(found["content"])
        return Answer(200, content, {"Content-Type": found["MimeType"]})
    if asked.method not in ("PUT", "POST"):
        raise not_implemented()
    if asked.method == "POST" and found is None:
        raise not_found()
    error = _refusal(asked, key, kept, found)
    if error:
        return validation([{"FileName": key, "ValidationErrors": [{"Message": error}]}])
    after = _stored(context, kind, asked, raw, key, found)
    return _listed(context, [after])


def has(context: Context, owner: str) -> bool:
    """Say whether anything is attached to an object."""
    return bool(context.find("Attachments", "owner", owner))


def _refusal(asked: Asked, name: str, kept: list[Raw], found: Raw | None) -> str:
    if _FORBIDDEN & set(name):
        return messages.OWN_FILE_NAME
    if not asked.body:
        return messages.OWN_FILE_EMPTY
    if len(asked.body) > _LARGEST:
        return messages.OWN_FILE_SIZE
    if found is None and len(kept) >= _MOST:
        return messages.OWN_FILE_COUNT
    return ""


# size: six plain values, each needed
def _stored(
    context: Context, kind: Kind, asked: Asked, raw: Raw, name: str, found: Raw | None
) -> Raw:
    owner = str(raw[kind.id_field])
    sales = raw.get("Type") in ("ACCREC", "ACCRECCREDIT")
    online = asked.query.get("includeonline", "").lower() == "true" and sales
    after: Raw = {
        "AttachmentID": found["AttachmentID"] if found else context.new_id(),
        "FileName": name,
        "Url": f"https://api.xero.com/api.xro/2.0/{kind.plural}/{owner}/Attachments/{quote(name)}",
        "MimeType": asked.content_type.partition(";")[0] or "application/octet-stream",
        "ContentLength": len(asked.body),
        "owner": owner,
        "content": base64.b64encode(asked.body).decode(),
    }
    if sales:
        after["IncludeOnline"] = online
    context.put("Attachments", after["AttachmentID"], after)
    details = f"Attached the file {name} through the Xero API"
    history.note(
        context,
        owner,
        {"Changes": "Attached a file", "Details": details, "DateUTC": context.stamp},
    )
    return after


def _listed(context: Context, rows: list[Raw]) -> Answer:
    shown = [
        {name: value for name, value in row.items() if name not in ("owner", "content")}
        for row in rows
    ]
    return enveloped(context.new_id, context.now, {"Attachments": shown})
