"""The two ways of failing: nothing was sent, or that is not sure."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.xero.stub import Say, Stub
from xtiger.errors import SettingInvalid, XeroUnreachable
from xtiger.model.secret import Secret
from xtiger.xero.transport import AnswerLost, Bearer, Http, NoAuth, RawAnswer


@pytest.fixture
def http() -> Iterator[Http]:
    door = Http()
    yield door
    door.close()


def _get(http: Http, url: str) -> RawAnswer:
    return http.send("GET", url, auth=Bearer(Secret("token-1")), headers={})


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that nobody trusts, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(pem))
    return path


def test_a_refused_certificate_sends_nothing(http: Http, certificate: Path) -> None:
    """A server that cannot prove who it is gets no request; its address is named."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            taken, _ = listener.accept()
            with taken, pytest.raises(ssl.SSLError):
                context.wrap_socket(taken, server_side=True).recv(1)

        thread = threading.Thread(target=greet)
        thread.start()
        url = f"https://localhost:{listener.getsockname()[1]}"
        with pytest.raises(XeroUnreachable) as caught:
            _get(http, f"{url}/x?secret=1")
        thread.join()

    assert url == caught.value.address


def test_a_name_that_does_not_exist(http: Http) -> None:
    """A host that cannot be found is unreachable."""
    with pytest.raises(XeroUnreachable):
        _get(http, "https://nobody.invalid/x")


def test_a_connection_closed_without_answer(http: Http) -> None:
    """Whether a request without answer arrived is not sure."""
    with Stub(Say(hang_up=True)) as stub, pytest.raises(AnswerLost):
        _get(http, stub.url)


@pytest.mark.parametrize("url", ["http://api.xero.com/x", "http://192.0.2.1/x"])
def test_no_secret_in_the_clear(http: Http, url: str) -> None:
    """An http address elsewhere is refused before a connection is made."""
    with pytest.raises(SettingInvalid, match="without encryption"):
        _get(http, url)


def test_no_credentials(http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request without credentials gets none from a .netrc either."""
    path = tmp_path / "netrc"
    path.write_text("machine localhost login somebody password something\n", encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))
    with Stub(Say({})) as stub:
        http.send("POST", stub.url, auth=NoAuth(), headers={}, body=b"a=b")

    assert "authorization" not in stub.got[0].headers


def test_an_address_that_is_none(http: Http) -> None:
    """An address that nothing can be sent to is unreachable, whatever is wrong with it."""
    with pytest.raises(XeroUnreachable):
        _get(http, "https://")


def test_redirects_are_not_followed(http: Http) -> None:
    """A redirect is handed back as it came: the token goes nowhere else."""
    with Stub(Say(b"", 302, {"Location": "/elsewhere"}), Say(b"")) as stub:
        answer = _get(http, stub.url)

    assert (302, 1) == (answer.status, len(stub.got))


def test_a_proxy_is_not_asked_for_this_machine(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy set for all traffic does not hide a sandbox on this machine."""
    monkeypatch.setenv("HTTP_PROXY", "http://localhost:9")
    monkeypatch.setenv("ALL_PROXY", "http://localhost:9")
    with Stub(Say({"ok": True})) as stub:
        answer = _get(http, stub.url)

    assert 200 == answer.status


def test_filters_are_encoded_once(http: Http) -> None:
    """Spaces become %20, and signs arrive as they were."""
    query = {"where": 'Name=="A & B+C%20 Ä" AND x'}
    with Stub(Say({})) as stub:
        http.send("GET", stub.url, auth=Bearer(Secret("t")), headers={}, query=query)

    assert query == stub.got[0].query


@pytest.mark.parametrize("slow", ["hold", "drip"])
def test_nobody_waits_longer_for_an_answer_than_they_said(http: Http, slow: str) -> None:
    """A server that has the request and does not answer, or stands still in the middle."""
    never = threading.Event()
    say = Say(b"{}", hold=never) if slow == "hold" else Say(b"{}", drip=never)
    with Stub(say) as stub:
        try:
            with pytest.raises(AnswerLost):
                http.send("GET", stub.url, auth=NoAuth(), headers={}, left=lambda: 0.2)
            waited = not never.is_set()
        finally:
            never.set()

    assert (True, 1) == (waited, len(stub.got))


def test_an_answer_that_comes_too_late_is_lost(http: Http) -> None:
    """The bytes arrive, but whoever asked has gone: they hear the same as without any."""
    left = iter([5.0, -1.0])
    with Stub(Say(b"{}")) as stub, pytest.raises(AnswerLost):
        http.send("GET", stub.url, auth=NoAuth(), headers={}, left=lambda: next(left))
