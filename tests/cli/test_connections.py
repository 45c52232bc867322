"""`xtiger connect`, `disconnect`, `connections`, with a browser played by a thread."""

from __future__ import annotations

import re
import threading
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.cli.conftest import Xtiger
from tests.web.examples import NOW
from tests.web.stand_in import StandIn
from tests.web.stand_in_services import Found, StandInConnections, Start

Play = Callable[[str], None]


@pytest.fixture
def person(xt: StandIn, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A person who allows access: the consent page answers at once with the state."""
    seen: dict[str, Any] = {"answer": "code=c&state=st4te"}

    def consent(_service: object, redirect_uri: str) -> Start:
        seen["redirect_uri"] = redirect_uri
        return Start(f"{redirect_uri}?{seen['answer']}", "st4te")

    def open_browser(address: str) -> bool:
        def visit() -> None:
            with urllib.request.urlopen(address) as answer:  # follows to the callback
                seen["page"] = answer.read().decode()

        seen["address"] = address
        threading.Thread(target=visit, daemon=True).start()
        return True

    monkeypatch.setattr(StandInConnections, "consent", consent)
    monkeypatch.setattr("webbrowser.open", open_browser)
    return seen


def test_connect_says_what_it_does(xtiger: Xtiger, xt: StandIn, person: dict[str, Any]) -> None:
    """Opens a short address, waits, and tells organisation, currency and calls a day."""
    found = xtiger("connect", "--port", "0")

    assert 0 == found.code
    assert "Connected: Aroha Trading Ltd (GBP). 1,000 calls a day on the Starter tier." in found.out
    assert re.search(r"If nothing opens, go to: http://localhost:\d+/\n", found.out)


def test_the_redirect_address_is_on_localhost(xtiger: Xtiger, person: dict[str, Any]) -> None:
    """Xero takes http://localhost, so the redirect address is named so."""
    xtiger("connect", "--port", "0")

    assert re.fullmatch(r"http://localhost:\d+/modules/XTiger/callback", person["redirect_uri"])


def test_a_named_organisation_is_taken(xtiger: Xtiger, xt: StandIn, person: dict[str, Any]) -> None:
    """--organisation chooses by name, whatever its case."""
    xt.found = [Found("org-1", "Aroha"), Found("org-2", "Zoë")]

    found = xtiger("connect", "--port", "0", "--organisation", "zoë", "--json")

    assert "org-2" == found.json["connection"]["organisation_id"]


def test_a_name_outside_the_permission_is_refused(
    xtiger: Xtiger, xt: StandIn, person: dict[str, Any]
) -> None:
    """The sentence names what the permission covers."""
    xt.active = []

    found = xtiger("connect", "--port", "0", "--organisation", "Other")

    assert (3, []) == (found.code, xt.active)
    assert "the permission covers only: Aroha Trading Ltd" in found.err


def test_a_cancelled_consent_is_told(xtiger: Xtiger, person: dict[str, Any]) -> None:
    """An answer without our state ends with 3 and the next step."""
    person["answer"] = "error=access_denied"

    found = xtiger("connect", "--port", "0")

    assert 3 == found.code
    assert "Start again: xtiger connect" in found.err


def test_no_answer_ends_the_wait(
    xtiger: Xtiger, person: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody answers: the command ends with 3."""
    found = xtiger("connect", "--port", "0", "--no-browser", "--timeout", "0")

    assert 3 == found.code
    assert "no answer came within" in found.err


def test_connections_are_listed(xtiger: Xtiger) -> None:
    """Name, currency and state of each; what is not known yet is empty."""
    lines = xtiger("connections").out.splitlines()

    assert ["Aroha Trading Ltd", "GBP", "connected", "not set up", "c1"] == re.split(
        r" {2,}", lines[1]
    )


@pytest.mark.parametrize(
    ("last", "waiting", "shown"),
    [
        (None, 0, "none came yet"),
        (NOW - timedelta(minutes=5), 0, "5 min ago  "),
        (NOW - timedelta(minutes=5), 1, "5 min ago, 1 waits"),
        (NOW - timedelta(minutes=5), 1200, "5 min ago, 1,200 wait"),
    ],
)
def test_webhooks_are_told(
    xtiger: Xtiger, xt: StandIn, last: datetime | None, waiting: int, shown: str
) -> None:
    """When the last one came and how many wait; in JSON as data."""
    xt.told = {"is_set": True, "last_received_at": last, "waiting": waiting}

    assert shown in xtiger("connections").out
    (found,) = xtiger("connections", "--json").json["connections"]
    assert (True, waiting) == (found["webhooks"]["set"], found["webhooks"]["waiting"])


def test_disconnect_ends_the_connection(xtiger: Xtiger, xt: StandIn) -> None:
    """By name, without a question with --yes."""
    found = xtiger("disconnect", "Aroha Trading Ltd", "--yes")

    assert (0, []) == (found.code, xt.active)


def test_no_token_is_ever_printed(xtiger: Xtiger) -> None:
    """The JSON of a connection has no field that could hold one."""
    (found,) = xtiger("connections", "--json").json["connections"]

    assert {
        "id",
        "name",
        "organisation_id",
        "tenant",
        "base_currency",
        "country",
        "state",
        "reason",
        "created_at",
        "tier",
        "day_calls",
        "day_calls_left",
        "day_resets_at",
        "day_runs_out_at",
        "minute_calls_left",
        "blocked_until",
        "permission_days_left",
        "last_trouble",
        "alerts",
        "webhooks",
        "unmapped",
    } == set(found)


def test_of_several_organisations_one_is_asked_for(
    xtiger: Xtiger, xt: StandIn, person: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are numbered, and the number is asked for."""
    xt.found = [Found("org-1", "Aroha"), Found("org-2", "Zoë")]
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _question: "2")

    found = xtiger("connect", "--port", "0")

    assert "  1  Aroha\n  2  Zoë\n" in found.out
    assert "Connected: Zoë (GBP)." in found.out


@pytest.mark.parametrize(("left", "told"), [(4998, " 5,000 calls a day."), (None, "(GBP).\n")])
def test_the_tier_is_told_as_far_as_it_is_known(
    xtiger: Xtiger, xt: StandIn, person: dict[str, Any], left: int | None, told: str
) -> None:
    """More than 1,000 left today means a larger tier; no answer, no claim."""
    xt.store.day_left = left

    assert told in xtiger("connect", "--port", "0").out
