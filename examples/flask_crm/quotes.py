"""Quotes of the CRM: a won one becomes an invoice, here and in Xero."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from flask import Blueprint, current_app, redirect, render_template_string, request, url_for

from examples.flask_crm.crm import CENT, TERMS, Item, ask_who, db, key_of
from xtiger.model.records import Ref, Write

pages = Blueprint("quotes", __name__)
pages.before_request(ask_who)
PAGE = """<!doctype html><title>CRM</title><ul>{% for one in quote.lines %}
<li>{{ one.quantity }} × {{ one.item.title }}</li>{% endfor %}</ul>
{% if not quote.won %}<form method="post" action="/quotes/{{ quote.id }}/won">
<button>Won</button></form>{% endif %}"""


class Quote(db.Model):
    """What a client was offered."""

    id = key_of("Q")
    client_id = db.Column(db.ForeignKey("client.id"), nullable=False)
    won = db.Column(db.Boolean, nullable=False, default=False)
    lines = db.relationship("QuoteLine", order_by="QuoteLine.id")


class QuoteLine(db.Model):
    """One item of a quote."""

    id = db.Column(db.Integer, primary_key=True)
    quote_id = db.Column(db.ForeignKey("quote.id"), nullable=False)
    item_id = db.Column(db.ForeignKey("item.id"), nullable=False)
    quantity = db.Column(db.Numeric(12, 4), nullable=False)
    item = db.relationship(Item)


def invoice_of_sale(session, sale):
    """The invoice that a won quote becomes, dated today."""
    quote = session.get(Quote, sale.id)
    issued, total, lines = datetime.now(UTC).replace(tzinfo=None), Decimal(0), []
    for one in quote.lines:
        line = {"text": one.item.title, "price": one.item.price, "vat": Decimal(20)}
        lines.append({"item": one.item_id, "quantity": one.quantity, **line})
        net = (one.quantity * one.item.price).quantize(CENT, ROUND_HALF_UP)
        total += net * Decimal("1.2")
    head = {"number": f"R-{quote.id}", "client": quote.client_id, "state": "Sent"}
    days = {"issued": issued, "due": issued + TERMS, "total": total.quantize(CENT, ROUND_HALF_UP)}
    return Write(head | days, lines=lines)


@pages.post("/quotes")
def save_quote():
    """Save a new quote for one or more items."""
    form = request.form
    items = [db.first_or_404(db.select(Item).filter_by(sku=sku)) for sku in form.getlist("sku")]
    counts = [Decimal(one) for one in form.getlist("quantity")]
    lines = [QuoteLine(item=one, quantity=count) for one, count in zip(items, counts, strict=True)]
    quote = Quote(client_id=form["client_id"], lines=lines)
    db.session.add(quote)
    db.session.commit()
    return redirect(url_for("quotes.quote", key=quote.id))


@pages.get("/quotes/<key>")
def quote(key):
    """One quote."""
    return render_template_string(PAGE, quote=db.get_or_404(Quote, key))


@pages.post("/quotes/<key>/won")
def win(key):
    """Mark a quote as won; its invoice is made in the same transaction, once."""
    db.get_or_404(Quote, key).won = True
    made = current_app.jinja_env.globals["xt"].sale_closed(Ref("Quotes", key))
    db.session.commit()
    return redirect(url_for("crm.invoice", key=made.id) if made else f"/quotes/{key}")
