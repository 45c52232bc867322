"""A CRM on Flask-SQLAlchemy as its users write it: an app made by a function, models of `db`."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Flask, current_app, jsonify, request, url_for
from flask_sqlalchemy import SQLAlchemy

from xtiger.hosts.sqlalchemy import Field, Module, SQLAlchemyHost
from xtiger.model.records import Tax

db = SQLAlchemy()


class Company(db.Model):  # type: ignore[name-defined]  # made at runtime
    """A customer, by a text key."""

    id = db.Column(db.String(20), primary_key=True)
    name = db.Column(db.String(80), nullable=False)
    city = db.Column(db.String(80), nullable=False, default="")


class Vat(db.Model):  # type: ignore[name-defined]  # made at runtime
    """A tax of the CRM."""

    id = db.Column(db.Integer, primary_key=True)
    percent = db.Column(db.Numeric(5, 2), nullable=False)


def create_app(address: str) -> Flask:
    """The CRM."""
    app = Flask("flask_crm")
    app.config.update(SQLALCHEMY_DATABASE_URI=address, SERVER_NAME="crm.example")
    db.init_app(app)

    @app.post("/companies")
    def save() -> Any:
        db.session.add(Company(**request.get_json()))
        db.session.commit()
        return jsonify(saved=True)

    @app.get("/companies/<key>")
    def company(key: str) -> str:
        return str(db.get_or_404(Company, key).name)

    return app


def _taxes() -> list[Tax]:
    return [Tax(str(tax.id), f"VAT {tax.percent}", tax.percent) for tax in db.session.query(Vat)]


def _url(key: str) -> str:
    assert current_app.name == "flask_crm"
    return url_for("company", key=key, _external=True)


def make_host(app: object = None) -> SQLAlchemyHost:
    """The CRM as the library sees it."""
    fields = [
        Field("name", role="organisation.name", required=True),
        Field("city", role="organisation.billing.city"),
    ]
    companies = Module(
        "Organizations",
        Company,
        role="organisation",
        url=_url,
        defaults={"id": lambda _: f"C{uuid.uuid4().hex[:12]}"},
        fields=fields,
    )
    return SQLAlchemyHost(db, app=app, modules=[companies], base_currency="GBP", taxes=_taxes)
