"""Claims about the control addresses under /sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client as WsgiClient

from tests.sandbox.client import Client
from xtiger.sandbox import Sandbox, create_app
from xtiger.sandbox.posting import Reply


def _control(sandbox: Sandbox, method: str, path: str, **options: Any) -> Any:
    options.setdefault("environ_base", {"REMOTE_ADDR": "127.0.0.1"})
    given = {"Authorization": f"Bearer {sandbox.control_token}"}
    options["headers"] = {**given, **options.get("headers", {})}
    return WsgiClient(create_app(sandbox)).open(f"/sandbox{path}", method=method, **options)


def test_fault_can_be_asked_for_over_http(sandbox: Sandbox, client: Client) -> None:
    """POST /sandbox/faults makes the next matching call go wrong."""
    fault = {"kind": "status", "status": 503, "path": "/api.xro/2.0/Items"}
    made = _control(sandbox, "POST", "/faults", json=fault)

    assert (201, 1, 503) == (
        made.status_code,
        len(_control(sandbox, "GET", "/faults").json),
        client.call("GET", "Items").status_code,
    )


def test_faults_can_be_cleared(sandbox: Sandbox) -> None:
    """DELETE /sandbox/faults forgets all of them."""
    sandbox.fault("token_expired")
    _control(sandbox, "DELETE", "/faults")

    assert [] == sandbox.faults.waiting()


@pytest.mark.parametrize("fault", [{"kind": "nothing"}, {"kind": "slow", "colour": "red"}, {}])
def test_wrong_fault_is_400_with_the_reason(sandbox: Sandbox, fault: dict[str, str]) -> None:
    """What is no fault is refused in words."""
    answer = _control(sandbox, "POST", "/faults", json=fault)

    assert (400, {"error"}) == (answer.status_code, set(answer.json))


def test_state_shows_the_stored_objects(sandbox: Sandbox, client: Client) -> None:
    """GET /sandbox/state/Contacts gives the rows per organisation."""
    client.put("Contacts", {"Name": "Alpha"})
    rows = _control(sandbox, "GET", "/state/Contacts").json

    assert ["Alpha"] == [row["Name"] for row in rows[client.tenant]]


@pytest.mark.parametrize("kind", ["RefreshToken", "Setting", "Code"])
def test_state_shows_no_secret(sandbox: Sandbox, client: Client, kind: str) -> None:
    """Tokens and secrets are kept out of reach of the state address."""
    rows = _control(sandbox, "GET", f"/state/{kind}", query_string={"tenantId": ""}).json

    assert {client.tenant: []} == rows


def test_clock_can_be_moved(sandbox: Sandbox, client: Client) -> None:
    """POST /sandbox/advance lets tokens age."""
    _control(sandbox, "POST", "/advance", json={"seconds": 1800})

    assert 401 == client.call("GET", "Organisation").status_code


def test_record_can_be_edited(sandbox: Sandbox, client: Client) -> None:
    """POST /sandbox/edit plays the accountant."""
    made = client.put("Contacts", {"Name": "Alpha"})[0]
    body = {"kind": "Contacts", "id": made["ContactID"], "fields": {"FirstName": "Ann"}}
    _control(sandbox, "POST", "/edit", json=body)

    assert "Ann" == sandbox.table("Contacts")[0]["FirstName"]


def test_record_can_be_added(sandbox: Sandbox, client: Client) -> None:
    """POST /sandbox/add makes an accountant's record, which costs no call."""
    body = {"kind": "Contacts", "element": {"Name": "Alpha"}}
    status = _control(sandbox, "POST", "/add", json=body).status_code

    assert (201, ["Alpha"], []) == (
        status,
        [row["Name"] for row in sandbox.table("Contacts", client.tenant)],
        sandbox.calls(client.tenant),
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "Gizmos", "element": {}},
        {"kind": "Contacts", "element": {}},
        {"kind": "Invoices", "element": {"Date": "soon"}},
    ],
)
def test_wrong_addition_is_400(sandbox: Sandbox, body: dict[str, Any]) -> None:
    """What the rules refuse is not added, and the answer says why."""
    answer = _control(sandbox, "POST", "/add", json=body)

    assert (400, {"error"}) == (answer.status_code, set(answer.json))


@pytest.mark.parametrize("seconds", ["soon", None])
def test_clock_moves_by_numbers_only(sandbox: Sandbox, seconds: Any) -> None:
    """What is no number of seconds is refused."""
    assert 400 == _control(sandbox, "POST", "/advance", json={"seconds": seconds}).status_code


def test_front_names_the_organisations(sandbox: Sandbox) -> None:
    """GET /sandbox says what this is and what it holds."""
    rows = _control(sandbox, "GET", "").json["organisations"]

    assert ["Empty Trading Ltd"] == [row["name"] for row in rows]


@pytest.mark.parametrize("body", [{}, {"kind": "Contacts", "id": "x", "fields": {}}])
def test_edit_of_nothing_is_400(sandbox: Sandbox, body: dict[str, Any]) -> None:
    """An edit that names no record is refused."""
    assert 400 == _control(sandbox, "POST", "/edit", json=body).status_code


@pytest.mark.parametrize(
    "options",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}},
        {"environ_base": {}},
        {"headers": {"Host": "attacker.example"}},
        {"headers": {"Origin": "https://attacker.example"}},
        {"headers": {"Origin": "http://localhost:1"}},
        {"headers": {"Origin": "null"}},
    ],
)
def test_control_is_for_this_machine_only(sandbox: Sandbox, options: dict[str, Any]) -> None:
    """Callers and pages from elsewhere, and names that point here from elsewhere, get 403."""
    assert 403 == _control(sandbox, "GET", "/faults", **options).status_code


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic {}", "Bearer {}x"]
)
def test_every_control_address_needs_the_token(sandbox: Sandbox, given: str) -> None:
    """Whoever cannot read what the command printed gets 401, and nothing happens."""
    sandbox.fault("token_expired")
    rules = [rule for rule in create_app(sandbox).url_map.iter_rules() if "/sandbox" in rule.rule]
    header = {"Authorization": given.format(sandbox.control_token)}
    statuses = {
        _control(
            sandbox,
            method,
            rule.rule.removeprefix("/sandbox").replace("<kind>", "Contacts"),
            headers=header,
        ).status_code
        for rule in rules
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}
    }

    assert ({401}, True, 1) == (statuses, len(rules) > 15, len(sandbox.faults.waiting()))


def test_a_page_of_its_own_may_control(sandbox: Sandbox) -> None:
    """An Origin that is the sandbox itself is not foreign."""
    assert 200 == _control(sandbox, "GET", "", headers={"Origin": "http://localhost"}).status_code


def test_the_token_stays_with_the_state_file(tmp_path: Path) -> None:
    """A state file keeps its token over restarts; another has another; the API knows none."""
    tokens = []
    for name in ("a", "a", "b"):
        with Sandbox(state=tmp_path / name) as box:
            tokens.append(box.control_token)
            api = WsgiClient(create_app(box)).get(
                "/connections", headers={"Authorization": f"Bearer {box.control_token}"}
            )

            assert 401 == api.status_code
    assert (tokens[0], 2) == (tokens[1], len(set(tokens)))


def _post(sandbox: Sandbox, path: str, **body: Any) -> Any:
    return _control(sandbox, "POST", path, json=body)


def test_people_at_work_from_outside(sandbox: Sandbox, client: Client) -> None:
    """Apps, organisations, merges and disconnections can be made over HTTP."""
    app = _post(sandbox, "/apps", name="Other", tier="core").json or {}
    made = _post(sandbox, "/organisations", name="Second Ltd").json or {}
    one, two = (sandbox.add("Contacts", {"Name": name})["ContactID"] for name in "AB")
    merged = _post(sandbox, "/merge", **{"from": one, "into": two})
    wrong = [
        _post(sandbox, "/merge", **{"from": one, "into": "nobody"}).status_code,
        _post(sandbox, "/apps", tier="gold").status_code,
    ]
    _post(sandbox, "/disconnect", tenantId=client.tenant)
    forbidden = client.call("GET", "Organisation").status_code
    withdrawn = _post(sandbox, "/withdraw", clientId=app["client_id"])

    assert ("core", "Second Ltd") == (app["tier"], dict(sandbox.organisations())[made["tenantId"]])
    assert (204, [400, 400], 403, 204) == (
        merged.status_code,
        wrong,
        forbidden,
        withdrawn.status_code,
    )
    assert two == sandbox.table("Contacts")[0]["MergedToContactID"]


def test_webhooks_from_outside(sandbox: Sandbox, client: Client) -> None:
    """Subscription, intent, delivery and trouble can be had over HTTP."""
    statuses = iter([200, 401, 200, 401, 200])
    sandbox.webhooks.post = lambda *_: Reply(next(statuses))
    early = _post(sandbox, "/webhooks/intent").status_code
    made = _post(sandbox, "/webhooks", url="https://crm.example/hook").json or {}
    passed = _post(sandbox, "/webhooks/intent").json
    client.put("Contacts", {"Name": "Alpha"})
    sent = _post(sandbox, "/webhooks/deliver").json
    wrong = [
        _post(sandbox, "/webhooks").status_code,
        _post(sandbox, "/webhooks/trouble", kind="rain").status_code,
    ]

    assert (400, "waiting", {"passed": True}) == (early, made["status"], passed)
    assert [{"url": "https://crm.example/hook", "status": 200}] == sent
    assert ([400, 400], 204) == (
        wrong,
        _post(sandbox, "/webhooks/trouble", kind="lose").status_code,
    )
