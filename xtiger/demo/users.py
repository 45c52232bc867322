"""The people of the demo CRM: it has no passwords, one chooses who one is."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

_KEPT = "user"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who works with the CRM, and what they may do with Xero."""

    name: str
    work: str
    configures: bool = False
    releases: bool = False
    reads: bool = False
    edits: bool = False

    @property
    def initials(self) -> str:
        """The first letters of the name."""
        return "".join(part[0] for part in self.name.split())


#: The first is who opens the demo.
USERS = (
    User("Robin Demo", "administrator", configures=True, edits=True),
    User("Ada Ledger", "accountant", releases=True, edits=True),
    User("Ravi Reader", "reads only", reads=True),
    User("Sam Seller", "seller", edits=True),
)
_BY_NAME = {user.name: user for user in USERS}


def current() -> User:
    """The user of this request."""
    return _BY_NAME.get(str(session.get(_KEPT)), USERS[0])


def show() -> str:
    """The page on which one chooses."""
    return render_template("demo/user.html", users=USERS)


def choose() -> Response:
    """Be somebody else from now on; refuses a name that nobody has."""
    chosen = _BY_NAME.get(request.form.get(_KEPT, "")) or abort(404)
    session[_KEPT] = chosen.name
    return redirect(url_for("crm.home"), 303)


def may_configure() -> bool:
    """Whether the user sets XTiger up."""
    return _is_here() and current().configures


def may_release() -> bool:
    """Whether the user lets stopped plans go on."""
    return _is_here() and current().releases


def may_read() -> bool:
    """Whether the user sees the pages of XTiger."""
    return _is_here() and current().reads


def may_see() -> bool:
    """Whether the menu shows the pages of XTiger."""
    user = current()
    return user.configures or user.releases or user.reads


def may_use(_ref: object) -> bool:
    """Whether the user edits panels."""
    return _is_here() and current().edits


def _is_here() -> bool:
    """Whether the browser is on this machine: the demo has no passwords."""
    # The CRM alone needs nothing of XTiger.
    from xtiger.web.guards import is_local

    return is_local(request)
