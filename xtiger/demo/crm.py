"""The demo CRM as a Flask application."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, abort, render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from xtiger.demo import guards, lists, records, users
from xtiger.demo.database import open_sessions
from xtiger.demo.models import STATUSES, Invoice
from xtiger.demo.quotes import show as show_quotes
from xtiger.demo.quotes import win as win_quote
from xtiger.demo.screens import INVOICES, SCREENS, Screen
from xtiger.demo.site import Join, Site
from xtiger.model.values import whole_number

if TYPE_CHECKING:
    from xtiger import XTiger

#: The last page that anybody turns to.
_LARGEST_PAGE = 1_000_000
#: Statuses of invoices that wait for money.
OPEN = ("Approved", "Sent", "Partially Paid")


def create_app(
    home: Path,
    xt: XTiger | None = None,
    sessions: sessionmaker[Session] | None = None,
    join: Join | None = None,
) -> Flask:
    """The CRM on the database in `home`, with XTiger plugged in where it is given.

    With XTiger, `sessions` must be the factory that its host was built with: only then does
    it see what people save here. `join` is its host's.
    """
    app = Flask(__name__, template_folder="templates", static_folder=None)
    app.secret_key = guards.secret_key(home)
    # Cookies know no port: another demo on this machine must not overwrite the session.
    app.config["SESSION_COOKIE_NAME"] = "aroha_crm"
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["MAX_CONTENT_LENGTH"] = 2_000_000
    app.register_blueprint(_pages(Site(sessions or open_sessions(home), xt, join)))
    if xt is not None:
        # The library's own pages and the address that the panel posts to.
        from xtiger import web  # it needs XTiger, which the CRM alone does not

        app.register_blueprint(
            web.blueprint(
                xt,
                may_configure=users.may_configure,
                may_release=users.may_release,
                may_read=users.may_read,
                may_use=users.may_use,
                user=lambda: users.current().name,
            )
        )
    app.add_template_filter(_money, "money")
    return app


def _pages(site: Site) -> Blueprint:
    pages = Blueprint("crm", __name__, static_folder="static", static_url_path="/static")
    # Of the whole application, for pages of XTiger and addresses that are none.
    pages.before_app_request(guards.check_host)
    pages.before_request(guards.check)
    pages.after_request(guards.protect)
    # For the whole application: the pages of XTiger stand in the CRM's own frame.
    pages.app_context_processor(
        lambda: {
            "screens": SCREENS,
            "extensions": site.menu() if users.may_see() else [],
            "user": users.current(),
        }
    )
    pages.context_processor(lambda: {"csrf": guards.token(), "statuses": STATUSES})
    pages.app_errorhandler(HTTPException)(_refusal)
    _add_rules(pages, site)
    return pages


def _add_rules(pages: Blueprint, site: Site) -> None:
    @pages.get("/")
    def home() -> str:
        return _home(site)

    pages.add_url_rule("/user", "user", users.show)
    pages.add_url_rule("/user", "be", users.choose, methods=["POST"])
    pages.add_url_rule("/quotes", "quotes", partial(show_quotes, site))
    won = "/quotes/<int(max=9223372036854775807):quote_id>/won"
    pages.add_url_rule(won, "win", partial(win_quote, site), methods=["POST"])

    @pages.get("/<slug>")
    def listing(slug: str) -> str:
        return _listing(site, _screen(slug))

    @pages.get("/<slug>/new")
    def new(slug: str) -> str:
        return records.show_new(site, _screen(slug))

    @pages.post("/<slug>/new")
    def create(slug: str) -> Any:
        return records.save(site, _screen(slug), None)

    @pages.get("/<slug>/<int(max=9223372036854775807):record_id>")
    def record(slug: str, record_id: int) -> str:
        return records.show(site, _screen(slug), record_id)

    @pages.post("/<slug>/<int(max=9223372036854775807):record_id>")
    def change(slug: str, record_id: int) -> Any:
        return records.save(site, _screen(slug), record_id)

    @pages.get("/<slug>/<int(max=9223372036854775807):record_id>/delete")
    def ask_delete(slug: str, record_id: int) -> str:
        return records.show_delete(site, _screen(slug), record_id)

    @pages.post("/<slug>/<int(max=9223372036854775807):record_id>/delete")
    def delete(slug: str, record_id: int) -> Response:
        return records.delete(site, _screen(slug), record_id)


def _screen(slug: str) -> Screen:
    found = next((screen for screen in SCREENS if screen.slug == slug), None)
    return found or abort(404)


def _listing(site: Site, screen: Screen) -> str:
    number = whole_number(request.args.get("page", "1"), 1, _LARGEST_PAGE) or 1
    text, status = request.args.get("q", ""), request.args.get("status", "")
    with site.sessions() as session:
        page = lists.find(session, screen, text, status, number)
        return render_template(
            "demo/list.html",
            screen=screen,
            page=page,
            has_status=screen is INVOICES,
            xero=site.module_list(screen.module, [str(one.id) for one in page.records]),
        )


def _home(site: Site) -> str:
    with site.sessions() as session:
        counts = [
            (screen, session.scalar(select(func.count()).select_from(screen.model)) or 0)
            for screen in SCREENS
        ]
        latest = lists.find(session, INVOICES, "", "", 1).records[:8]
        today = datetime.now(UTC).date()
        return render_template(
            "demo/home.html",
            counts=counts,
            invoices=INVOICES,
            latest=latest,
            open=_open_sums(session, today),
        )


def _open_sums(session: Session, today: date) -> list[tuple[str, int, Decimal, int]]:
    """(currency, invoices, sum to pay, overdue) of what customers owe."""
    count: Counter[str] = Counter()
    overdue: Counter[str] = Counter()
    sums: dict[str, Decimal] = {}
    for invoice in session.scalars(select(Invoice).where(Invoice.status.in_(OPEN))):
        count[invoice.currency] += 1
        overdue[invoice.currency] += bool(invoice.due_date and invoice.due_date < today)
        sums[invoice.currency] = sums.get(invoice.currency, Decimal(0)) + invoice.balance
    # The company's own currency first.
    codes = sorted(sums, key=lambda code: (code != "GBP", code))
    return [(code, count[code], sums[code], overdue[code]) for code in codes]


def _money(amount: Decimal | None) -> str:
    if amount is None:
        return ""
    digits = max(2, -int(amount.normalize().as_tuple().exponent))
    return f"{amount:,.{digits}f}"


def _refusal(error: HTTPException) -> tuple[str, int, Mapping[str, str]]:
    sentences = {
        403: (
            "This form is too old, or it did not come from this CRM",
            "Nothing was saved. Go back, load the page again and repeat your change.",
        ),
        404: ("There is no such page or record", "It may have been deleted. Search for it above."),
        413: ("That was too much for one form", "Shorten what you entered and try again."),
    }
    title, advice = sentences.get(
        error.code or 500, ("This did not work", "Go back and try again.")
    )
    methods = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    headers = {"Allow": ", ".join(sorted(methods))} if methods else {}
    page = render_template("demo/problem.html", title=title, advice=advice)
    return page, error.code or 500, headers
