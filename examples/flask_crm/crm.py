"""A small CRM on Flask and Flask-SQLAlchemy: clients, items, invoices with lines, payments."""

import os
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from secrets import token_hex

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask_sqlalchemy import SQLAlchemy

from xtiger import XTiger
from xtiger.web import blueprint

db = SQLAlchemy()
pages = Blueprint("crm", __name__)
STATES = ["Draft", "Sent", "Paid", "Cancelled"]
TERMS, CENT = timedelta(days=14), Decimal("0.01")
FIELDS = ("name", "mail", "phone", "street", "town", "postcode", "country")
#: Who works here. A real CRM asks for a password.
USERS = {"anna": "bookkeeper", "ben": "seller"}


def key_of(letter):
    """A column of text keys, such as C-9f86d081."""
    return db.Column(db.String(12), primary_key=True, default=lambda: f"{letter}-{token_hex(4)}")


class Client(db.Model):
    """A company that buys."""

    id = key_of("C")
    name = db.Column(db.String(120), nullable=False)
    mail = db.Column(db.String(200))
    phone = db.Column(db.String(40))
    street = db.Column(db.Text)
    town = db.Column(db.String(80))
    postcode = db.Column(db.String(12))
    country = db.Column(db.String(60))
    changed = db.Column(db.DateTime, default=datetime.utcnow, onupdate=datetime.utcnow)


class Item(db.Model):
    """Something that is sold."""

    id = key_of("T")
    sku = db.Column(db.String(30), nullable=False, unique=True)
    title = db.Column(db.String(120), nullable=False)
    price = db.Column(db.Numeric(12, 4), nullable=False, default=0)


class Invoice(db.Model):
    """An invoice; its total is kept beside its lines."""

    id = key_of("R")
    number = db.Column(db.String(30), nullable=False)
    client_id = db.Column(db.ForeignKey("client.id"), nullable=False)
    issued = db.Column(db.DateTime, nullable=False)
    due = db.Column(db.DateTime)
    state = db.Column(db.String(20), nullable=False, default="Draft")
    total = db.Column(db.Numeric(12, 2), nullable=False, default=0)
    changed = db.Column(db.DateTime, default=datetime.utcnow, onupdate=datetime.utcnow)
    client = db.relationship(Client, backref="invoices")
    lines = db.relationship(
        "InvoiceLine", cascade="all, delete-orphan", order_by="InvoiceLine.place"
    )
    payments = db.relationship("Payment", back_populates="invoice")

    def add_up(self):
        """Write the total, and whether all of it is paid."""
        gross = sum((line.net() * (100 + line.vat) / 100 for line in self.lines), Decimal(0))
        self.total = gross.quantize(CENT, ROUND_HALF_UP)
        if self.payments and sum(payment.amount for payment in self.payments) >= self.total:
            self.state = "Paid"


class InvoiceLine(db.Model):
    """One line of an invoice."""

    id = db.Column(db.Integer, primary_key=True)
    invoice_id = db.Column(db.ForeignKey("invoice.id"), nullable=False)
    place = db.Column(db.Integer, nullable=False, default=0)
    item_id = db.Column(db.ForeignKey("item.id"))
    text = db.Column(db.String(200), nullable=False)
    quantity = db.Column(db.Numeric(12, 4), nullable=False, default=1)
    price = db.Column(db.Numeric(12, 4), nullable=False)
    vat = db.Column(db.Numeric(5, 2), nullable=False, default=20)
    item = db.relationship(Item)

    def net(self):
        """The line before tax."""
        return (self.quantity * self.price).quantize(CENT, ROUND_HALF_UP)


class Payment(db.Model):
    """Money that came in for an invoice."""

    id = key_of("P")
    invoice_id = db.Column(db.ForeignKey("invoice.id"), nullable=False)
    paid_at = db.Column(db.DateTime, nullable=False)
    amount = db.Column(db.Numeric(12, 2), nullable=False)
    invoice = db.relationship(Invoice, back_populates="payments")


@pages.before_request
def ask_who():
    """Nobody works here unknown."""
    if "user" not in session and request.endpoint != "crm.login":
        return redirect(url_for("crm.login"))
    return None


@pages.route("/login", methods=["GET", "POST"])
def login():
    """Say who you are."""
    if request.method == "POST" and request.form["user"] in USERS:
        session["user"] = request.form["user"]
        return redirect(url_for("crm.home"))
    return render_template("login.html", users=USERS)


@pages.get("/")
def home():
    """All clients, items and invoices."""
    lists = {model.__name__: model.query.all() for model in (Client, Item, Invoice)}
    return render_template("home.html", today=datetime.now(), **lists)


@pages.post("/clients")
@pages.post("/clients/<key>")
def save_client(key=None):
    """Save a new or changed client."""
    client = db.get_or_404(Client, key) if key else Client()
    for name in FIELDS:
        setattr(client, name, request.form.get(name, getattr(client, name)))
    db.session.add(client)
    db.session.commit()
    return redirect(url_for("crm.client", key=client.id))


@pages.get("/clients/<key>")
def client(key):
    """One client."""
    return render_template("client.html", client=db.get_or_404(Client, key), fields=FIELDS)


@pages.post("/items")
def save_item():
    """Save a new item."""
    db.session.add(Item(**request.form))
    db.session.commit()
    return redirect(url_for("crm.home"))


@pages.post("/invoices")
def save_invoice():
    """Save a new invoice for one item, to be paid within the terms."""
    form, number = request.form, f"R-{db.session.query(Invoice).count() + 1:04d}"
    item = db.first_or_404(db.select(Item).filter_by(sku=form["sku"]))
    issued = datetime.fromisoformat(form["issued"])
    invoice = Invoice(number=number, client_id=form["client_id"], issued=issued, due=issued + TERMS)
    invoice.lines = [InvoiceLine(item_id=item.id, text=item.title, price=item.price)]
    invoice.lines[0].quantity, invoice.lines[0].vat = Decimal(form["quantity"]), Decimal(20)
    invoice.state = "Sent"
    invoice.add_up()
    db.session.add(invoice)
    db.session.commit()
    return redirect(url_for("crm.invoice", key=invoice.id))


@pages.get("/invoices/<key>")
def invoice(key):
    """One invoice with its lines and payments."""
    return render_template("invoice.html", invoice=db.get_or_404(Invoice, key))


@pages.post("/invoices/<key>/payments")
def pay(key):
    """Note that money came in."""
    invoice, amount = db.get_or_404(Invoice, key), Decimal(request.form["amount"])
    invoice.payments.append(Payment(paid_at=datetime.now(), amount=amount))
    invoice.add_up()
    db.session.commit()
    return redirect(url_for("crm.invoice", key=key))


def create_app():
    """The CRM, with XTiger's pages: bookkeepers set it up, all who work here use the panels."""
    from examples.flask_crm import quotes
    from examples.flask_crm.xero import make_host

    app = Flask(__name__)
    app.config["SECRET_KEY"] = os.environ.get("CRM_SECRET_KEY", "only good for trying it")
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("CRM_DATABASE", "sqlite:///crm.db")
    db.init_app(app)
    app.register_blueprint(pages)
    app.register_blueprint(quotes.pages)
    with app.app_context():
        db.create_all()
    xt = app.jinja_env.globals["xt"] = XTiger(make_host(app))
    bookkeeper = lambda: USERS.get(session.get("user")) == "bookkeeper"
    seller = lambda ref: "user" in session
    app.register_blueprint(blueprint(xt, may_configure=bookkeeper, may_use=seller))
    return app
