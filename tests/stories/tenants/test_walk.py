"""Every route, page, command and hook, walked as tenant b: nothing of tenant a comes out."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import flask
import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule as UrlRule

import tests.cli.plugged as plugged
from tests.stories.tenants.asked import asked_of_history, asked_of_undo
from tests.stories.tenants.conftest import CANARY, Two, unclosed
from tests.stories.tenants.decided import DECIDED, NOTICED, NOTICED_LINE, asked_of_decisions
from xtiger import hookspecs
from xtiger.app import XTiger
from xtiger.cli.app import App
from xtiger.cli.root import root, run
from xtiger.errors import XTigerError
from xtiger.model.records import Ref
from xtiger.web import blueprint

#: Headers that differ with the moment or the length of an id.
_NOISE = ("Set-Cookie", "Date", "Content-Length", "Last-Modified", "ETag")
#: Stands for an id that never existed.
NEVER = "neverwas"


class Site:
    """A browser of tenant b, in a CRM whose user belonged to a a moment ago."""

    def __init__(self, two: Two) -> None:
        self.two, self.tenant = two, "a"
        app = flask.Flask("crm")
        app.secret_key = "only for tests"
        app.register_blueprint(
            blueprint(
                two.world.xt,
                tenant=lambda: self.tenant,
                may_configure=lambda: True,
                may_use=lambda _ref: True,
            )
        )
        self.rules: list[UrlRule] = list(app.url_map.iter_rules())
        self.browser: FlaskClient = app.test_client()

    def values(self, name: str, theirs: bool) -> list[str]:
        """What stands in a place of a path: what a has, or what nobody has."""
        ids = self.two.ids
        found = {
            "connection_id": [ids["connection"]],
            "run_id": [ids["run"]],
            "record_id": ["2", CANARY],
            "crm_id": ["2", CANARY],
            "module": ["Organizations"],
            "filename": ["xtiger.css"],
            # Extensions are the installation's; nobody has this one.
            "extension": ["nosuch"],
            # Those that change nothing of a tenant who is through.
            "step": ["schedule", "nosuch"],
            "agreement": ["in_step", "waiting", "needs_you", "left_out"],
            "name": [*(page.name for page in self.two.b.panels.pages()), "nosuch"],
        }
        # A new kind of id in an address must be added here, with those of a.
        real = found[name]
        if theirs or name in ("module", "filename", "extension", "step", "agreement", "name"):
            return real
        return ["8" if one == "2" else NEVER for one in real]

    def addresses(self, rule: UrlRule, theirs: bool) -> list[str]:
        """The addresses of a rule with everything that may stand in it."""
        built = [rule.rule]
        for name in sorted(rule.arguments):
            place = next(p for p in (f"<{name}>", f"<path:{name}>") if p in rule.rule)
            values = self.values(name, theirs)
            built = [one.replace(place, value) for one in built for value in values]
        return built

    def fields(self, theirs: bool) -> list[dict[str, str]]:
        """What a query or form holds: every name that a page of ours reads, of a or of nobody."""
        ids = self.two.ids
        link = ids["xero"] if theirs else NEVER
        same = {"keep": "crm", "sure": "1", "module": "Organizations", "result": "conflict"}
        asked = {
            "connection": ids["connection"],
            "run": ids["run"],
            "organisation_id": ids["organisation"],
            "state": ids["run"],
            "id": "2",
            "job": "1",
        }
        own = asked if theirs else dict.fromkeys(asked, NEVER)
        actions = ("copy", "compare", "queue", "new", f"link:{link}", f"alias:{link}")
        return [{}, {"p": "1"}, same | own, *({**own, "action": one} for one in actions)]

    def ask(self, theirs: bool) -> Iterator[tuple[str, str, str]]:
        """(what was asked, what was sent, everything that came back) of every request."""
        for rule in self.rules:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                for address in self.addresses(rule, theirs):
                    for fields in self.fields(theirs):
                        yield self._one(method, address, fields)

    def _one(self, method: str, address: str, fields: dict[str, str]) -> tuple[str, str, str]:
        own = {"Sec-Fetch-Site": "same-origin"}
        given: dict[str, Any] = {"query_string": fields} if method == "GET" else {"data": fields}
        answer = self.browser.open(address, method=method, headers=own, **given)
        headers = {k: v for k, v in answer.headers.items() if k not in _NOISE}
        what = f"{method} {address} {fields}"
        out = f"{answer.status_code} {headers} {answer.text}"
        answer.close()
        # Each consent has a state of its own, and some buttons ask the tenant's own Xero.
        same = re.sub(r"state=\w+|\d+ of 1,000 calls left", "", out)
        return what, f"{address} {fields}", same


def test_no_route_shows_or_changes_anything_of_another_tenant(two: Two) -> None:
    """Each rule of the map, with ids of a in path, query and form, in a session that was a's.

    A rule with a new kind of id fails until the ids of a are listed for it.
    """
    site = Site(two)
    site.browser.get("/modules/XTiger/connect", base_url="http://localhost")
    site.browser.post(
        "/xt/start/terms", data={"name": "Mele"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    before = two.rows()
    site.tenant = "b"
    found = {what: two.canaries(out, sent=sent) for what, sent, out in site.ask(theirs=True)}

    assert {} == {what: canaries for what, canaries in found.items() if canaries}
    assert before == two.rows()


def test_an_id_of_another_tenant_is_answered_as_one_that_never_was(two: Two) -> None:
    """The same status, headers and page, but for the id itself."""
    site = Site(two)
    site.tenant = "b"
    ids = "|".join([*two.ids.values(), CANARY])
    # What b's own posts read of Xero counts.
    ids += r"|\d+(?= of 1,000 calls left)"
    # The number of a job, which is asked for again by the form.
    ids += '|(?<=name="job" value=")1'
    # Once before, so that what b's own posts leave is there both times.
    list(site.ask(theirs=False))
    answers = [
        [
            re.sub(rf"{ids}|(?<=job=)1|(?<![\w-])[2389](?![\w-])", NEVER, out)
            for _w, _s, out in site.ask(theirs)
        ]
        for theirs in (True, False)
    ]

    assert [] == [pair for pair in zip(*answers, strict=True) if pair[0] != pair[1]]


def test_pages_of_a_host_of_several_need_a_tenant(two: Two) -> None:
    """None is never all: each page says so, in words for a browser."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(
            two.world.xt,
            may_configure=lambda: True,
            may_use=lambda _ref: True,
        )
    )
    browser = app.test_client()
    for address in (
        "/xt/",
        "/xt/log",
        "/xt/runs",
        "/xt/accounts",
        "/xt/taxes",
        "/xt/queue",
        "/xt/conflicts",
        "/modules/XTiger/connect",
    ):
        answer = browser.get(address)

        assert (500, []) == (answer.status_code, two.canaries(answer.text)), address
        assert "has several customers" in answer.text


# --- the library and its hooks ---


def everything(xt: XTiger, ids: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """What the library of b and its contexts answer when they are asked for what is a's."""
    asked = _asked_of_the_library(xt, ids) | _asked_of_the_mappings(xt, ids)
    asked |= asked_of_undo(xt, ids) | asked_of_history(xt, ids)
    asked |= asked_of_decisions(xt, ids["connection"])
    for name, ask in (asked | _asked_of_a_context(xt, ids)).items():
        try:
            yield name, ask()
        except (XTigerError, LookupError) as error:
            yield name, f"{type(error).__name__}: {error}"


def _asked_of_the_library(xt: XTiger, ids: Mapping[str, str]) -> dict[str, Callable[[], Any]]:
    theirs, record = ids["connection"], ("Organizations", "2")
    return {
        "connections": xt.connections.all,
        "connection": lambda: xt.connections.get(theirs),
        "by name": lambda: xt.connections.get("nosuch"),
        "runs": xt.sync.runs,
        "webhooks": xt.webhooks.states,
        "online": lambda: xt.invoices.online("Invoices", "1", theirs),
        "send mail": lambda: xt.invoices.send("Invoices", "1", theirs),
        "opened": lambda: xt.invoices.opened("Invoices", "1", theirs),
        "notices of": lambda: xt.notices.all(theirs),
        "outcomes": xt.sync.outcomes,
        "outcomes of": lambda: xt.sync.outcomes(connection_id=theirs),
        "outcomes of run": lambda: xt.sync.outcomes(run_id=ids["run"]),
        "braked": xt.sync.braked,
        "release": lambda: xt.sync.release(ids["run"], "b"),
        "disconnect": lambda: xt.connections.disconnect(theirs),
        "panel": lambda: xt.panel(*record),
        "panel of": lambda: xt.panel("Organizations", "1", theirs),
        "settings": lambda: xt.modules.settings("Organizations", theirs),
        "plan": lambda: xt.sync.plan(connection_id=theirs),
        "sync": lambda: xt.sync.run((), theirs),
        "records": lambda: xt.sync.records("Organizations", ["2"]),
        "send": lambda: xt.sync.send("Organizations", ["2"], theirs),
        "link": lambda: xt.links.link("Organizations", "1", ids["xero"]),
        "credit": lambda: xt.credits.make(*record),
        "unlink": lambda: xt.links.unlink(*record),
        "conflicts": xt.conflicts.all,
        "conflict": lambda: xt.conflicts.get(*record),
        "solve": lambda: xt.conflicts.solve(*record, "crm", (), theirs),
        "reconcile": lambda: xt.proof.reconcile(theirs),
        "connect": lambda: xt.connections.connect(ids["organisation"]),
        "consent": lambda: xt.connections.consent_answered(f"http://x.test/?state={ids['run']}"),
        "pick list": lambda: xt.panels.pick_list("sales_account"),
        "press": lambda: xt.panels.press("queue", [Ref(*record)]),
        "other tenant": lambda: xt.panel(*record, tenant="a"),
        "routes": xt.routing.routes,
    }


def _asked_of_the_mappings(xt: XTiger, ids: Mapping[str, str]) -> dict[str, Callable[[], Any]]:
    theirs = ids["connection"]
    return {
        "mapping": lambda: xt.mappings.get("Organizations", theirs),
        "mapping check": lambda: xt.mappings.check("Organizations", theirs),
        "mapping faults": lambda: xt.mappings.faults(theirs),
        "twins": lambda: xt.twins.all(None, theirs),
        "twins answered": lambda: xt.twins.answered(None, theirs),
        "twins answer": lambda: xt.twins.answer("Organizations", "x", "different", "b", theirs),
        "twins exact": lambda: xt.twins.link_exact("b", None, theirs),
    }


def _asked_of_a_context(xt: XTiger, ids: Mapping[str, str]) -> dict[str, Callable[[], Any]]:
    context, theirs = xt.context(), ids["connection"]
    return {
        "context connections": context.connections,
        "accounts": lambda: context.accounts(theirs),
        "taxes": lambda: context.tax_rates(theirs),
        "waiting": lambda: context.waiting(theirs),
        "context runs": context.runs,
        "context runs of": lambda: context.runs(theirs),
        "context outcomes": context.outcomes,
        "hold": lambda: context.hold_of("Organizations", "1"),
        "calls left": lambda: context.calls_left(theirs),
        "links": lambda: context.links_of(theirs, [Ref("Organizations", "1")]),
        "forget": lambda: context.forget_changes(theirs, "Organizations", ["3"]),
        "context conflicts": lambda: context.conflicts(theirs),
        "context sync": lambda: context.sync_all(theirs),
        "context prove": lambda: context.prove(theirs),
        "context records": lambda: context.sync_records(theirs, "Organizations", ["2"]),
        "modules": lambda: context.synced_modules(theirs),
        "other context": lambda: context.for_tenant("a").connections(),
        "note": lambda: context.note_tenant("a", "b"),
    }


def test_the_library_of_a_tenant_knows_no_other(two: Two) -> None:
    """Every question about ids of a is answered with nothing, or refused in words without them."""
    before = two.rows()
    found = {
        name: two.canaries(repr(answer), sent=" ".join(two.ids.values()))
        for name, answer in everything(two.b, two.ids)
    }

    assert {} == {name: canaries for name, canaries in found.items() if canaries}
    assert before == two.rows()


def test_every_hook_of_a_tenants_work_gets_that_tenant(two: Two) -> None:
    """Its arguments and its context hold nothing of a, whatever it is called for."""
    heard: dict[str, set[str]] = {}
    found: dict[str, list[str]] = {}

    def spy(name: str) -> Callable[..., None]:
        def hook(**given: Any) -> None:
            context = given["context"]
            heard.setdefault(name, set()).add(f"{context.tenant} {given['tenant']}")
            seen = f"{list(given.values())} {context.connections()} {context.outcomes()}"
            found.setdefault(name, []).extend(two.canaries(seen))

        return hookspecs.hookimpl(hook, specname=name)

    specs = {
        name: value
        for name, value in vars(hookspecs).items()
        if hasattr(value, "xtiger_spec") and "tenant" in inspect.signature(value).parameters
    }
    told = ("tenant_added", "tenant_removed")  # what they are told is the tenant itself
    probe = SimpleNamespace(**{n: spy(n) for n in specs if n not in told})
    dispatcher = two.world.xt._parts.hooks
    real = dispatcher._enabled
    dispatcher._enabled = lambda name, of: name == "Spy" or real(name, of)
    dispatcher._manager.register(probe, "Spy")
    for name in vars(probe):
        for impl in getattr(dispatcher._manager.hook, name).get_hookimpls():
            if impl.plugin_name == "Spy":  # it takes all that there is
                impl.argnames = tuple(inspect.signature(specs[name]).parameters)
    work(two)

    assert set() == set(specs) - set(heard) - set(told)
    assert {"b b"} == set().union(*heard.values())
    assert {} == {name: canaries for name, canaries in found.items() if canaries}


def work(two: Two) -> None:
    """Everything that may call a hook, done for b."""
    xt, world = two.b, two.world
    for tell in (xt.saved, xt.deleted, xt.restored):
        tell("Organizations", "1")
    xt.sale_closed(Ref("Sales", "1"))
    xt.panel("Organizations", "1")
    xt.panels.pick_list("sales_account")
    xt.timetable.set_usual(on=True)
    xt.timetable.set_all(xt.timetable.decided() or [])
    with world.host.tenant("b"):
        world.host.create("Organizations", {"accountname": "bee new", "email1": "new@x.test"})
    world.wait()
    xt.tick()
    xt.sync.run()
    part_paid(two)
    xt.privacy.export("Organizations:1")
    xt.privacy.erase("Organizations:1", xt.privacy.find("Organizations:1")[0].name, "b")
    xt.connections.disconnect(xt.connections.get().id)


def part_paid(two: Two) -> None:
    """A new invoice of b is paid in part in Xero, which gives a notice."""
    xt, world, connection = two.b, two.world, two.b.connections.get()
    with world.host.tenant("b"):
        invoice = world.host.create("Invoices", NOTICED, [NOTICED_LINE])
    world.wait()
    xt.sync.run()
    link = xt.store.links_by_crm(connection.id, "Invoices", [invoice])[invoice]
    payment = {"Invoice": {"InvoiceID": link.xero_id}, "Account": {"Code": "090"}, "Amount": 4}
    world.sandbox.add("Payments", {**payment, "Date": "2026-11-05"}, connection.organisation_id)
    world.wait()
    xt.sync.run()


# --- the command line ---

#: Commands that begin a server or a program of their own, or change the installation itself.
LEFT_OUT = {
    "sandbox": "a server of its own",
    "demo": "a program of its own",
    "connect": "waits for a browser",
    "worker": "goes on until it is stopped; tick is its round",
    "extensions install": "changes the installation",
    "extensions rollback": "the same",
    "extensions uninstall": "the same",
    "extensions enable": "the same",
    "extensions disable": "the same",
    "host check": "asks the adapter alone",
}


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that does something, as the words to type."""
    if " ".join(path) in LEFT_OUT:
        return
    if isinstance(command, click.Group):
        context = click.Context(command, obj=App())
        if command.invoke_without_command:
            yield path
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from leaves(found, (*path, name))
    else:
        yield path


def _typed_values(two: Two) -> dict[str, str]:
    """Name of an argument → what is typed for it."""
    ids = two.ids
    return {
        "module": "Organizations",
        "crm_id": "2",
        "xero_id": ids["xero"],
        "name": ids["connection"],
        "connection": ids["connection"],
        "condition": f"accountname={NEVER}",
        "key": NEVER,
        "modules": "",
        "id": "1",
        "record_id": "2",
        "ids": "1",
        "every": "1d",
        **DECIDED,
        "words": "Pondered=AUTHORISED",
        "runs": ids["run"],
        "file": str(two.world.xt.settings.home / "none.toml"),
        "what": "organisation",
        "way": "up",
        "address": NEVER,
        "code": "account_missing",
    }


def arguments(two: Two, path: tuple[str, ...]) -> list[str]:
    """What stands in the places of a command: what a has."""
    command: click.Command = root
    for word in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command, obj=App()), word)
        assert found is not None
        command = found
    values = _typed_values(two)
    given = []
    for parameter in command.params:
        if isinstance(parameter, click.Argument) and values[str(parameter.name)]:
            given.append(values[str(parameter.name)])
        elif parameter.name == "keep":
            given += ["--keep", "crm"]
        elif parameter.name == "typed":
            given += ["--name", two.ids["connection"]]
        elif parameter.name in ("yes", "once"):
            given.append(f"--{parameter.name}")
    return given


@pytest.fixture
def xtiger(
    two: Two, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str]]:
    """Runs a command on the library of the test."""
    monkeypatch.setattr(plugged, "host", two.world.host, raising=False)

    def call(*words: str) -> tuple[int, str]:
        given = {"XTIGER_HOME": str(tmp_path), "XTIGER_HOST": "tests.cli.plugged:host"}
        code = run(words, given, lambda _host, _settings: unclosed(two.world.xt))
        output = capsys.readouterr()
        return code, output.out + output.err

    return call


def test_no_command_shows_or_changes_anything_of_another_tenant(
    two: Two, xtiger: Callable[..., tuple[int, str]]
) -> None:
    """Each command as --tenant b, with ids of a in its arguments and as --connection."""
    before, found, bugs = two.rows(), {}, {}
    paths = sorted(leaves(root), key=lambda path: "undeployed" in path)
    for path in paths:
        given = arguments(two, path)
        for options in ([], ["--connection", two.ids["connection"]]):
            words = ["--tenant", "b", *options, *path, *given]
            code, out = xtiger(*words)
            found[" ".join(words)] = two.canaries(out, sent=" ".join(words))
            if code in (1, 5):
                bugs[" ".join(words)] = out

    assert len(paths) > 30
    assert {} == {words: canaries for words, canaries in found.items() if canaries}
    assert {} == bugs
    assert before == two.rows()


def test_commands_of_a_host_of_several_need_a_tenant(
    two: Two, xtiger: Callable[..., tuple[int, str]]
) -> None:
    """None is never all, and an unknown tenant is none."""
    for words in (["connections"], ["runs"], ["log"], ["queue", "list"], ["accounts"], ["calls"]):
        code, out = xtiger(*words)

        assert (3, [], True) == (code, two.canaries(out), "--tenant" in out), words
    code, out = xtiger("--tenant", "nosuch", "connections")

    assert (3, []) == (code, two.canaries(out))
