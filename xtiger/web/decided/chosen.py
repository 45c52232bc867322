"""Which connection a page is about, of one or several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, request

from xtiger.errors import NotConnected

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.web.site import Site


def chosen_connection(site: Site) -> Connection:
    """The one that is asked for, else the oldest active one; raises NotConnected."""
    active = [one for one in site.connections() if one.state == "active"]
    asked = request.values.get("connection", "")
    if asked:
        return next((one for one in active if one.id == asked), None) or abort(404)
    if not active:
        raise NotConnected
    return active[0]


def several(site: Site) -> list[Connection]:
    """The connections to choose from; none where there is one."""
    active = [one for one in site.connections() if one.state == "active"]
    return active if len(active) > 1 else []
