"""Plays an example CRM against the sandbox: `python -m examples.play flask_crm [--once]`."""

from __future__ import annotations

import os
import re
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click
import requests

from examples.serving import SERVERS
from xtiger import XTiger
from xtiger.cli.app import load_host
from xtiger.demo.visitor import connect_in_crm
from xtiger.i18n.language import language
from xtiger.model.start_answers import StartAnswers
from xtiger.panels.proof import verdict
from xtiger.sandbox import Sandbox, serve
from xtiger.services.worker import worker_of
from xtiger.settings import private_folder, write_settings_file

ORGANISATION = "Empty Trading Ltd"
#: What the sandbox's books call their account of sales, and their bank account.
SALES, BANK = "200", "090"


@dataclass(frozen=True, slots=True)
class Example:
    """What is different between the examples."""

    #: Where its books are.
    country: Any
    #: Below which path it has XTiger's pages.
    pages: str = ""
    #: Whether it takes JSON in place of forms.
    speaks_json: bool = False
    #: The page that a browser opens first, where it gets the cookie for its forms.
    first: str = ""
    #: Whether it writes quotes, and makes the invoice of a won one.
    quotes: bool = False


EXAMPLES: Final = {
    "flask_crm": Example("UK", quotes=True),
    "django_crm": Example("UK", first="/login", quotes=True),
    "fastapi_crm": Example("NZ", pages="/xero", speaks_json=True),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """An example that runs, its library, and the Xero beside it."""

    example: Example
    url: str
    xt: XTiger
    sandbox: Sandbox
    browser: requests.Session
    #: Whether its home is new, so that the story is still to be played in it.
    fresh: bool

    def post(self, address: str, **values: str | list[str]) -> str:
        """Save something in the CRM as a person does; the id of what was made."""
        form: dict[str, Any] = {"json": values} if self.example.speaks_json else {"data": values}
        # Django takes no form without the token of its cookie; the others have none.
        headers = {"X-CSRFToken": self.browser.cookies.get("csrftoken", "")}
        url = f"{self.url}{address}"
        answer = self.browser.post(url, timeout=30, headers=headers, **form)
        answer.raise_for_status()
        if self.example.speaks_json:
            return str(answer.json()["id"])
        return answer.url.rpartition("/")[2]

    def page(self, address: str) -> str:
        """A page of the CRM as its users see it."""
        answer = self.browser.get(f"{self.url}{address}", timeout=30)
        answer.raise_for_status()
        return answer.text


@contextmanager
def set_up(name: str, home: Path, port: int, sandbox_port: int) -> Iterator[Stage]:
    """The example of this name and the sandbox, connected by an administrator who logs in."""
    private_folder(home)
    with (
        Sandbox(seed="empty", country=EXAMPLES[name].country, state=home / "sandbox.db") as sandbox,
        serve(sandbox, port=sandbox_port) as server,
    ):
        settings = {
            "XTIGER_XERO_URL": server.url,
            "XTIGER_XERO_CLIENT_ID": sandbox.client_id,
            "XTIGER_XERO_CLIENT_SECRET": sandbox.client_secret,
            "XTIGER_HOST": f"examples.{name}.xero:make_host",
        }
        write_settings_file(home, settings)
        os.environ["XTIGER_HOME"] = str(home)
        os.environ["CRM_DATABASE"] = f"sqlite:///{home / 'crm.db'}"
        os.environ["CRM_URL"] = f"http://localhost:{port}"
        with (
            SERVERS[name](name, port),
            _library(settings["XTIGER_HOST"]) as xt,
            requests.Session() as browser,
        ):
            fresh = not any(one.state == "active" for one in xt.connections.all())
            stage = Stage(EXAMPLES[name], os.environ["CRM_URL"], xt, sandbox, browser, fresh)
            if stage.example.first:
                stage.page(stage.example.first)
            stage.post("/login", user="anna")
            if fresh:
                connect_in_crm(f"{stage.url}{stage.example.pages}", ORGANISATION, browser)
                _answer(xt)
            yield stage


@contextmanager
def _library(spec: str) -> Iterator[XTiger]:
    """A library of its own beside the app's, as a worker or a command has it."""
    xt = XTiger(load_host(spec))
    try:
        yield xt
    finally:
        xt.close()


def _answer(xt: XTiger) -> None:
    """What an administrator answers once: the terms, the first day, the mapping, the accounts."""
    xt.extensions.enable("XTQueue")
    xt.connections.accept_terms("anna")
    xt.start.answer(StartAnswers(), "anna")
    xt.start.advance("all", "anna")
    xt.mappings.save_defaults()
    for module, option, account in (
        ("Invoices", "sales_account", SALES),
        ("Payments", "payment_account", BANK),
    ):
        mapping = xt.mappings.get(module)
        if mapping is not None:
            options = {**mapping.options, option: account}
            xt.mappings.save(replace(mapping, options=options))


def tell(stage: Stage, say: Callable[[str], None]) -> bool:
    """Save in the app, edit in Xero, take money in, and prove it; whether both sides agree."""
    client = stage.post("/clients", name="Tea & Sons", mail="tea@example.com", town="Bath")
    stage.post("/items", sku="TEA-1", title="Tea, a box", price="12.50")
    invoice = stage.post(
        "/invoices", client_id=client, sku="TEA-1", quantity="3", issued="2026-11-20"
    )
    say(f"Saved in the app: a client, an item, an invoice. {_synced(stage)}")
    contact = stage.sandbox.table("Contacts")[0]
    stage.sandbox.edit("Contacts", contact["ContactID"], {"EmailAddress": "accounts@example.com"})
    stage.sandbox.add("Contacts", {"Name": "Coffee Ltd", "ContactStatus": "ACTIVE"})
    say(f"Edited in Xero: the client's address; a client was added. {_synced(stage)}")
    shown = "accounts@example.com" in stage.page(f"/clients/{client}")
    say(f"The app {'shows' if shown else 'does not show'} what was edited in Xero.")
    stage.post(f"/invoices/{invoice}/payments", amount=_due(stage))
    say(f"Paid in the app. {_synced(stage)}")
    page = stage.page(f"/invoices/{invoice}")
    badge = re.search(r'class="xt-badge".*?</span> (.*?)</p>', page)
    say(f"The panel: {badge[1] if badge else 'is missing'}")
    if stage.example.quotes:
        _win(stage, client, say)
    proof = stage.xt.proof.reconcile()
    say(verdict(language("en"), proof))
    for one in proof.differences:
        say(f"  {one.module} {one.crm_id} {one.field}: {one.crm} here, {one.xero} in Xero")
    return shown and proof.agrees


def _win(stage: Stage, client: str, say: Callable[[str], None]) -> None:
    """Write a quote of two lines and win it, twice as by a double click."""
    stage.post("/items", sku="TEA-2", title="Tea, a tin", price="7.99")
    quote = stage.post("/quotes", client_id=client, sku=["TEA-1", "TEA-2"], quantity=["2", "3"])
    made = {stage.post(f"/quotes/{quote}/won") for _ in range(2)}
    said = _synced(stage)
    there = [raw for raw in stage.sandbox.table("Invoices") if len(raw["LineItems"]) == 2]
    totals = ", ".join(f"{raw['Status']} {raw['Total']}" for raw in there)
    say(f"Won in the app: a quote of two lines, {len(made)} invoice, {totals} in Xero. {said}")


def _due(stage: Stage) -> str:
    return str(stage.sandbox.table("Invoices")[0]["AmountDue"])


def _synced(stage: Stage) -> str:
    run = stage.xt.sync.run()
    for one in stage.xt.sync.outcomes(results=("held", "failed")):
        said, cure = stage.xt.sentences.cause(one.cause, "command", one)
        click.echo(f"  {one.module} {one.crm_id}: {said} {cure}", err=True)
    counts = [f"{n} {name}" for name, n in sorted(run.totals.items()) if name != "unchanged"]
    return f"Synced: {', '.join(counts) or 'nothing'}."


@click.command()
@click.argument("name", type=click.Choice(sorted(SERVERS)))
@click.option("--once", is_flag=True, help="End after the story; on free ports.")
@click.option("--home", type=click.Path(path_type=Path), help="Folder to keep all state in.")
@click.option("--port", default=8080, show_default=True, help="Port of the CRM.")
@click.option("--sandbox-port", default=8700, show_default=True, help="Port of the sandbox.")
def play(name: str, once: bool, home: Path | None, port: int, sandbox_port: int) -> None:
    """Start an example CRM beside a Xero, and watch both come to agree."""
    if once:
        port, sandbox_port = _free_port(), 0
    with (
        tempfile.TemporaryDirectory(prefix="xtiger-") as folder,
        set_up(name, (home or Path(folder)).absolute(), port, sandbox_port) as stage,
    ):
        agreed = tell(stage, click.echo) if stage.fresh else True
        if not once:
            click.echo(f"The CRM: {stage.url}  (Ctrl-C ends)")
            _serve(stage)
    if not agreed:
        raise SystemExit(1)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _serve(stage: Stage) -> None:
    """Send what is saved and take in what changes in Xero, until Ctrl-C."""
    worker = worker_of(stage.xt, click.echo)
    worker.start()
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("Ended.")
    finally:
        worker.stop()


if __name__ == "__main__":
    play()
