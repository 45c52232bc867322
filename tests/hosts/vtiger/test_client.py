"""The client logs in by challenge, keeps its session, and shows its key to nobody."""

from __future__ import annotations

import logging

import pytest
import requests

from tests.vtigercrm.server import KEY, URL, USER, WebService, Wire, session_to
from tests.world import MovingClock
from xtiger.errors import HostUnavailable, SettingInvalid
from xtiger.hosts.vtiger.answers import NoAnswer
from xtiger.hosts.vtiger.client import VtigerClient, element, folder_of

DESCRIBE = {"elementType": "Accounts"}
NEW = {"elementType": "Accounts", "element": element({"accountname": "A", "assigned_user_id": ""})}


def test_one_login_serves_all_calls(client: VtigerClient, service: WebService) -> None:
    """The session is kept from call to call."""
    client.read("describe", DESCRIBE)
    client.read("listtypes", {})

    assert ["getchallenge", "login", "describe", "listtypes"] == service.calls
    assert ("19x1", "on") == (client.login["userId"], client.login["is_admin"])


@pytest.mark.parametrize("end", ["idle", "life", "restart"])
def test_a_session_that_ended_is_renewed(
    client: VtigerClient, service: WebService, clock: MovingClock, end: str
) -> None:
    """Whichever way it ended, the call is done, and once."""
    client.read("listtypes", {})
    if end == "restart":
        service.end_sessions()
    else:
        clock.sleep(31 * 60 if end == "idle" else 25 * 60 * 60)
    found = client.write("create", {**NEW, "element": NEW["element"].replace('""', '"19x1"')})

    assert "A" == found["accountname"]
    assert 2 == service.calls.count("login")
    assert 1 == len(service.crm.rows)


def test_a_login_of_another_process_does_not_end_ours(
    service: WebService, clock: MovingClock
) -> None:
    """Its challenge ends ours; the next try gets another one."""
    session = session_to(service)
    wire = session.get_adapter(URL)
    assert isinstance(wire, Wire)
    meanwhile = ["once"]

    def log_in_elsewhere(operation: str) -> None:
        if operation == "login" and meanwhile:
            meanwhile.clear()
            service.answer("GET", {"operation": "getchallenge", "username": USER})

    wire.before = log_in_elsewhere
    client = VtigerClient(URL, USER, KEY, clock=clock, session=session)

    assert client.read("listtypes", {})["types"]


@pytest.mark.parametrize(("user", "key"), [(USER, "WrongKey"), ("nobody", KEY)])
def test_a_wrong_key_is_a_persons_matter(
    service: WebService, clock: MovingClock, user: str, key: str
) -> None:
    """The sentence says where the key stands and what to type, and not the key."""
    client = VtigerClient(URL, user, key, clock=clock, session=session_to(service))
    with pytest.raises(SettingInvalid, match="xtiger connect-crm vtiger") as caught:
        client.read("listtypes", {})

    assert key not in str(caught.value)


def test_the_key_is_nowhere(
    service: WebService, clock: MovingClock, caplog: pytest.LogCaptureFixture
) -> None:
    """In no log, no representation, no error and no request."""
    caplog.set_level(logging.DEBUG)
    session = session_to(service)
    sent: list[str] = []
    session.hooks["response"].append(
        lambda found, **_: sent.append(f"{found.request.url} {found.request.body}")
    )
    client = VtigerClient(URL, USER, KEY, clock=clock, session=session)
    client.read("listtypes", {})
    service.fail("listtypes", "down")
    service.fail("listtypes", "down")
    service.fail("listtypes", "down")
    with pytest.raises(HostUnavailable) as caught:
        client.read("listtypes", {})

    shown = " ".join([caplog.text, repr(client), str(vars(client)), str(caught.value), *sent])
    assert "describe" not in shown
    assert len(sent) > 2
    assert KEY not in shown


@pytest.mark.parametrize("how", ["down", "lost", "500"])
def test_a_read_is_tried_again(client: VtigerClient, service: WebService, how: str) -> None:
    """An answer that did not come is asked for once more; the third failure ends it."""
    service.fail("listtypes", how)
    service.fail("listtypes", how)
    assert client.read("listtypes", {})["types"]
    for _ in range(3):
        service.fail("listtypes", how)

    with pytest.raises(HostUnavailable):
        client.read("listtypes", {})


@pytest.mark.parametrize("how", ["down", "lost", "500"])
def test_a_write_is_sent_once(client: VtigerClient, service: WebService, how: str) -> None:
    """Nobody knows what came of it, so that is said."""
    service.fail("create", how)
    with pytest.raises(NoAnswer):
        client.write("create", NEW)

    assert 1 == service.calls.count("create")


def test_another_page_is_no_vtiger(service: WebService, clock: MovingClock) -> None:
    """The address of a folder that has no webservice is named with what to give instead."""
    session = requests.Session()
    wire = Wire(service)
    session.mount(URL, wire)
    wire.service.answer = lambda *_: (404, "not found")  # type: ignore[method-assign]
    client = VtigerClient(URL, USER, KEY, clock=clock, session=session)

    with pytest.raises(SettingInvalid, match=r"before index\.php"):
        client.read("listtypes", {})


def test_calls_are_kept_apart(client: VtigerClient, clock: MovingClock) -> None:
    """Ten a second at most, so that people in Vtiger do not feel a sync."""
    start = clock.now()
    for _ in range(28):
        client.read("listtypes", {})

    assert 30 == client.calls
    assert 2.9 == pytest.approx((clock.now() - start).total_seconds())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://crm.example/", "https://crm.example"),
        ("https://crm.example/vtiger/index.php?module=Home", "https://crm.example/vtiger"),
        ("https://crm.example/webservice.php", "https://crm.example"),
        (" http://localhost:8080/vt/ ", "http://localhost:8080/vt"),
    ],
)
def test_an_address_is_taken_as_people_copy_it(given: str, expected: str) -> None:
    """Page and query of the browser's line are cut off."""
    assert expected == folder_of(given)


@pytest.mark.parametrize(
    "wrong", ["crm.example", "ftp://crm.example", "http://crm.example", "https://a:b@crm.example"]
)
def test_other_addresses_are_refused(wrong: str) -> None:
    """No network without encryption, and no password in an address."""
    with pytest.raises(SettingInvalid):
        folder_of(wrong)
