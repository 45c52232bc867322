"""What every page needs: the library, who may do what, and the frame around a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import (
    Response,
    current_app,
    g,
    make_response,
    render_template,
    request,
    session,
    url_for,
)

from xtiger.errors import NeedsPerson
from xtiger.i18n.cause_text import spoken_sent
from xtiger.i18n.failures import spoken_error
from xtiger.i18n.language import Language, language
from xtiger.model.records import Ref
from xtiger.panels.xero_links import view_url
from xtiger.web import guards
from xtiger.web.roles import Roles

if TYPE_CHECKING:
    from xtiger.app import XTiger
    from xtiger.model.connections import Connection

_SAID = "xt_said"


#: The page of the menu in whose place the overview stands, and the one with a number.
OVERVIEW_PAGE, NEEDS_PAGE = "runs", "needs"


@dataclass(frozen=True, slots=True)
class MenuLink:
    """One entry of the menu, as it is drawn."""

    page: str
    #: In the reader's language.
    label: str
    address: str
    #: What stands beside it; 0 shows nothing.
    number: int


@dataclass(frozen=True)
class Site:
    """One mounted blueprint."""

    library: XTiger
    #: What the user of this request may do.
    roles: Roles
    #: Whether the CRM said at all who may do what.
    knows_users: bool
    #: The host's tenant of this request; None where the host has only one.
    tenant: Callable[[], str | None]
    #: The name of the user of this request; "" where the CRM does not say it.
    user: Callable[[], str]

    def by(self) -> str:
        """Who does what this request asks for, as it is kept."""
        return self.user() or "web"

    @property
    def xt(self) -> XTiger:
        """The library for the tenant of this request; with several, none is an error."""
        tenant = self.tenant()
        return self.library if tenant is None else self.library.for_tenant(tenant)

    @property
    def words(self) -> Language:
        """The language of the pages."""
        return language(self.library.settings.locale)

    def may_configure(self) -> bool:
        """Whether the user of this request may connect and configure."""
        return self.roles.configure()

    def may_release(self) -> bool:
        """Whether the user of this request may let a stopped plan go on."""
        return self.roles.release()

    def may_read(self) -> bool:
        """Whether the user of this request may see the pages."""
        return self.roles.read()

    def may_use(self, ref: Ref | None) -> bool:
        """Whether the user may edit the panel of a record; None asks for the pages."""
        return self.roles.use(ref)

    def connections(self) -> list[Connection]:
        """The connections that the tenant of this request may see."""
        return self.xt.connections.all()

    def has_log(self) -> bool:
        """Whether an extension brings the page of the log, which numbers lead to."""
        return "log" in {spec.name for spec in self.xt.panels.pages()}

    def xero_address(self, kind: str, xero_id: str | None, short_code: str) -> str | None:
        """Where a record opens in Xero, with the app's referral id; None where it has no page."""
        # Asked of the store once for all records of a page.
        if "xt_xtid" not in g:
            g.xt_xtid = self.xt.connections.xtid()
        return view_url(kind, xero_id, short_code, xtid=g.xt_xtid) if xero_id else None

    def keep(self, name: str, value: Any) -> None:
        """Remember something in this browser's session, for the tenant of this request alone."""
        session[name] = [self.xt.tenant(), value]

    def kept(self, name: str, *, once: bool = False) -> Any:
        """What is remembered for the tenant of this request; None for nothing."""
        found = session.get(name)
        if not isinstance(found, list) or len(found) != 2 or found[0] != self.xt.tenant():
            return None
        if once:
            session.pop(name)
        return found[1]

    def say(self, sentence: str) -> None:
        """Show a sentence on the next page of ours that this browser opens for this tenant."""
        self.keep(_SAID, sentence)

    def said(self) -> str:
        """The sentence to show, once."""
        return str(self.kept(_SAID, once=True) or "")

    def sent_at_once(self, decided: str, ref: Ref, connection_id: str | None) -> str:
        """Send a record that was just decided about; returns what was decided and came of it."""
        try:
            sent = self.xt.sync.send(ref.module, [ref.id], connection_id, by=self.by())
        except NeedsPerson as stop:
            # The decision stands, and its sending waits for what a person lifts elsewhere.
            return f"{decided} {spoken_error(stop, self.words)}"
        return f"{decided} {spoken_sent(sent, self.words, self.xt.clock.now())}"

    def render(self, template: str, title: str, **values: Any) -> str:
        """One page of ours in its frame; a template of the host goes first."""
        return self._drawn(
            template,
            title,
            menu=self.menu(),
            csrf=guards.csrf_token(current_app.secret_key),
            said=self.said(),
            **values,
        )

    def render_problem(self, sentence: str, code: str, *, overview: bool = True) -> str:
        """The page of an error; it asks neither session nor library, which may be the cause."""
        title = self.words.translate("This did not work")
        # A form says which page it stands on.
        back = guards.same_site(request.form.get("next", ""), request.host)
        return self._drawn(
            "problem.html",
            title,
            menu=(),
            csrf="",
            said="",
            sentence=sentence,
            code=code,
            back=back,
            overview=overview,
        )

    def _drawn(self, template: str, title: str, **values: Any) -> str:
        words = self.words
        return render_template(
            f"xtiger/{template}", title=title, language=words, _=words.translate, **values
        )

    def menu(self) -> list[MenuLink]:
        """XTiger, what needs a person with its number, and a page of each extension."""
        if not self.may_read():
            return []
        seen: dict[str, str] = {}
        for entry in self.xt.menu():
            seen.setdefault(entry.page, entry.label)
        needing = self.xt.needs.count() if NEEDS_PAGE in seen else 0
        return [
            MenuLink(
                page,
                self.words.translate(label),
                _address(page),
                needing if page == NEEDS_PAGE else 0,
            )
            for page, label in seen.items()
        ]


def _address(page: str) -> str:
    if page == OVERVIEW_PAGE:
        return url_for("xtiger.overview")
    return url_for("xtiger.page", name=page)


def ask_first(site: Site) -> Response:
    """A page that shows what was posted and posts it again with a token when confirmed."""
    _ = site.words.translate
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "xt_csrf"]
    page = site.render(
        "confirm.html", _("Please confirm"), action=request.full_path.rstrip("?"), fields=fields
    )
    return make_response(page, 403)
