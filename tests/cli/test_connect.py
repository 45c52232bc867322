"""The listener on localhost that Xero's answer comes to."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from xtiger.cli.consent_listener import ConsentListener, wait_for_answer
from xtiger.errors import ConsentRefused, SettingInvalid


@pytest.fixture
def listener() -> Iterator[ConsentListener]:
    with ConsentListener() as made:
        yield made


def _status(address: str) -> int:
    try:
        with urllib.request.urlopen(address) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_the_answer_is_returned_whole(listener: ConsentListener) -> None:
    """The address with code and state, as Xero called it."""
    _status(f"{listener.redirect_uri}?code=c&state=s")

    assert f"{listener.redirect_uri}?code=c&state=s" == listener.wait(1)


def test_the_first_answer_counts(listener: ConsentListener) -> None:
    """A second one, from whomever, does not replace it."""
    _status(f"{listener.redirect_uri}?code=first")
    _status(f"{listener.redirect_uri}?code=second")

    assert listener.wait(1).endswith("code=first")


def test_other_addresses_are_no_answer(listener: ConsentListener) -> None:
    """A browser asks for icons too."""
    statuses = [
        _status(f"{listener.address}favicon.ico?x=1"),
        _status(listener.redirect_uri),
        _status(listener.address),
    ]

    assert [404, 404, 404] == statuses


def test_the_short_address_leads_to_xero(listener: ConsentListener) -> None:
    """What is printed fits on a line; the browser is sent on."""
    listener.lead_to(f"{listener.redirect_uri}?code=c")

    _status(listener.address)

    assert listener.wait(1).endswith("?code=c")


def test_the_page_says_where_to_go_on(listener: ConsentListener) -> None:
    """The window may be closed."""
    with urllib.request.urlopen(f"{listener.redirect_uri}?code=c") as answer:
        page = answer.read().decode()

    assert "go on in the terminal" in page
    assert "code=c" not in page


def test_nobody_answers(listener: ConsentListener) -> None:
    """The wait ends with a clear refusal."""
    with pytest.raises(ConsentRefused, match="no answer came within 1 min"):
        listener.wait(0.01)


def test_a_used_port_is_told() -> None:
    """The sentence names the option that chooses another."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SettingInvalid, match="xtiger connect --port"):
            ConsentListener(port)


def test_only_this_machine_is_listened_to(listener: ConsentListener) -> None:
    """The listener is bound to the loopback address."""
    host = listener._server.server_address[0]

    assert "127.0.0.1" == host


def test_waiting_in_one_call() -> None:
    """`wait_for_answer` gives the redirect address and a call that waits."""
    redirect_uri, wait = wait_for_answer(timeout_seconds=5)

    _status(f"{redirect_uri}?code=c")

    assert f"{redirect_uri}?code=c" == wait()
