"""The page of what waits for a person: grouped by cause, each with its cure on the spot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, url_for

from xtiger.model.records import Ref
from xtiger.panels import proposed_buttons
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.taxes import new_rate
from xtiger.services.tax_rates import MADE, NOT_HERE
from xtiger.web.conflicts import conflict_address
from xtiger.web.cures import posts
from xtiger.web.cures.fields import (
    FIELDS,
    KEEPS,
    PAGES,
    RELEASES,
    SECONDS,
    SWITCHES,
    UNLINKS,
    choices,
    nearest,
    parts_of,
    words_asked,
)
from xtiger.web.outside.receivers import given_up
from xtiger.web.release import waiting
from xtiger.web.site import Site

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.runs import Outcome
    from xtiger.services.needs import About, Need

#: In this order the groups stand: what is mended once for many records first.
ABOUT: tuple[About, ...] = ("mapping", "refused", "record")
#: Records of one group that are shown; its number counts all.
SHOWN = 20


def register(blueprint: Blueprint, site: Site) -> None:
    """Add the page and the addresses that its buttons post to."""
    blueprint.add_url_rule("/xt/needs", "needs", lambda: _page(site))
    posts.register(blueprint, site)


def _page(site: Site) -> str:
    if not site.may_read():
        abort(403)
    active = [one for one in site.connections() if one.state == "active"]
    groups = [
        _group(site, connection, need)
        for connection in active
        for need in site.xt.needs.all(connection.id)
    ]
    groups.sort(key=lambda one: ABOUT.index(one["need"].about))
    return site.render(
        "needs.html",
        site.words.translate("Needs you"),
        name="needs",
        groups=groups,
        braked=waiting(site),
        given_up=given_up(site),
        organisations={one.id: one.name for one in active} if len(active) > 1 else {},
        may_configure=site.may_configure(),
        may_release=site.may_release(),
        connected=bool(active),
        shown=SHOWN,
        kinds=_kinds(site),
        here=url_for(".needs"),
    )


def _kinds(site: Site) -> dict[About, str]:
    """What stands above the groups of each kind."""
    _ = site.words.translate
    return {
        "mapping": _("Mappings and settings: an administrator mends these once for all records."),
        "refused": _("What Xero or the CRM refused, in its own words."),
        "record": _("What is to be decided or mended at the record."),
    }


def _group(site: Site, connection: Connection, need: Need) -> dict[str, Any]:
    """A cause with its records and its cures, as the template draws it."""
    entry, code = CATALOGUE.get(need.cause.code), need.cause.code
    spoken = site.xt.sentences.group(need.outcomes, SHOWN, "browser")
    records = [
        {**_record(site, connection, one, need.behind(one)), "said": own[0], "fix": own[1]}
        for one, own in zip(need.outcomes, spoken.each, strict=False)
    ]
    page, may_make = PAGES.get(code), site.xt.tax_rates.may_make(connection.id)
    return {
        "need": need,
        "connection": connection,
        "said": spoken.said,
        "fix": spoken.fix,
        "button": entry.button if entry is not None else "open",
        "records": records,
        "fields": _fields(site, connection, need) if site.may_configure() else [],
        "switch": SWITCHES[code].label if code in SWITCHES else "",
        "keeps": KEEPS.get(code, ()),
        "unlinks": code in UNLINKS,
        "releases": code in RELEASES,
        "seconds": code in SECONDS,
        "page": (url_for(page[0]), page[1]) if page is not None else None,
        "not_made": NOT_HERE if code in MADE and not may_make else "",
        "settings": url_for(".module", module=need.module)
        if entry is not None and entry.button in ("map", "settings") and page is None
        else "",
        "links_all": len(need.outcomes) > 1 and posts.have_one_proposal(need),
    }


@dataclass(frozen=True, slots=True)
class _Field:
    """An option that is chosen on the spot."""

    label: str
    #: The word of a table; "" for no table.
    word: str
    choices: Sequence[tuple[str, str]]
    #: (value, label) of the choice that is nearest, which a button of its own takes.
    nearest: tuple[str, str] | None
    #: Whether a button makes the rate in Xero.
    makes: bool


def _fields(site: Site, connection: Connection, need: Need) -> list[_Field]:
    """Each option that is chosen on the spot."""
    field = FIELDS.get(need.cause.code)
    if field is None:
        return []
    context = site.xt.context()
    offered = choices(field, context.accounts(connection.id), context.tax_rates(connection.id))
    causes, label = need.causes(), site.words.translate(field.label)
    may_make = need.cause.code in MADE and site.xt.tax_rates.may_make(connection.id)
    return [
        _Field(
            f"{label} {word}".strip(),
            word,
            offered,
            nearest(word, causes, offered),
            may_make and new_rate(word, parts_of(word, causes)) is not None,
        )
        for word in words_asked(field, causes)
    ]


def _record(
    site: Site, connection: Connection, outcome: Outcome, behind: Sequence[Outcome]
) -> dict[str, object]:
    """A record, the ways to it, and what is proposed for it."""
    module, crm_id = outcome.module, outcome.crm_id
    parent = _parent_address(site, outcome)
    panel = url_for(".record", module=module, record_id=crm_id) if crm_id else None
    return {
        "id": crm_id or "",
        "name": outcome.name or crm_id or outcome.xero_id,
        "parent": parent,
        "behind": _behind(site, behind),
        "address": (site.xt.host.url(Ref(module, crm_id)) or panel) if crm_id else None,
        "xero": site.xero_address(outcome.kind, outcome.xero_id, connection.short_code),
        "decide": conflict_address(module, crm_id) if crm_id else None,
        "may_decide": bool(crm_id) and site.may_use(Ref(module, crm_id or "")),
        "panel": url_for(".panel", module=module, record_id=crm_id) if crm_id else None,
        "buttons": proposed_buttons(outcome, site.words) if crm_id else [],
    }


def _parent_address(site: Site, outcome: Outcome) -> tuple[str, str] | None:
    """(name, address) of the record of the CRM that a cause names as the one to mend."""
    data = outcome.cause.data if outcome.cause is not None else {}
    if not data.get("id"):
        return None
    ref = Ref(str(data.get("module")), str(data["id"]))
    panel = url_for(".record", module=ref.module, record_id=ref.id)
    return str(data.get("parent") or ref.id), site.xt.host.url(ref) or panel


def _behind(site: Site, followers: Sequence[Outcome]) -> dict[str, object]:
    """How many records wait for one, by module, and the first of them."""
    counted = Counter(one.module for one in followers)
    of_each = [f"{module} {site.words.number(count)}" for module, count in counted.most_common()]
    said = site.words.counted(
        "{count} record waits for this", "{count} records wait for this", len(followers)
    )
    said = " · ".join([said, *of_each])
    return {"said": said, "first": [_follower(site, one) for one in followers[:SHOWN]]}


def _follower(site: Site, one: Outcome) -> tuple[str, str]:
    """(name, address) of a record that waits for another; no address for one of Xero alone."""
    name = str(one.name or one.crm_id or one.xero_id)
    if not one.crm_id:
        return name, ""
    ref = Ref(one.module, one.crm_id)
    panel = url_for(".record", module=ref.module, record_id=ref.id)
    return name, site.xt.host.url(ref) or panel
