"""Mail servers of the settings: read, or refused with the fix and without the password."""

from __future__ import annotations

import pytest

from xtiger.errors import SettingInvalid
from xtiger.model.mailing.servers import MailSettings, mail_server, mail_settings
from xtiger.model.secret import Secret


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("smtp://mail.example.com", ("mail.example.com", 587, "starttls", "", "")),
        (
            "smtps://a%40b.c:p%3Aw@mail.example.com",
            ("mail.example.com", 465, "tls", "a@b.c", "p:w"),
        ),
        ("smtp+plain://a:b@localhost:2525", ("localhost", 2525, "none", "a", "b")),
        ("smtp+plain://mail.example.com", ("mail.example.com", 25, "none", "", "")),
    ],
)
def test_a_server_is_read(address: str, expected: tuple[object, ...]) -> None:
    """Each way has its usual port; user and password are written as addresses write them."""
    found = mail_server(Secret(address))

    assert found is not None
    assert expected == (
        found.host,
        found.port,
        found.security,
        found.user,
        found.password.reveal(),
    )
    assert found.trusted is None
    assert found.shown == f"{expected[0]}:{expected[1]}"


def test_a_file_of_certificates_may_be_named() -> None:
    """For a server of one's own."""
    found = mail_server(Secret("smtps://mail.example.com?trusted=/etc/ssl/own.pem"))

    assert found is not None
    assert str(found.trusted) == "/etc/ssl/own.pem"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mail.example.com", "is no address of a mail server"),
        ("https://pw@mail.example.com", "is no address of a mail server"),
        ("smtp://", "is no address of a mail server"),
        ("smtp://a:pw@mail.example.com:many", "cannot be read as an address"),
        ("smtp+plain://a:pw@mail.example.com", "would send the password in the clear"),
    ],
)
def test_what_is_no_server_is_refused(address: str, said: str) -> None:
    """The sentence names the fix, and never holds a password."""
    with pytest.raises(SettingInvalid, match=said) as caught:
        mail_server(Secret(address))

    assert "pw" not in str(caught.value).replace("user:password", "")


def test_the_settings_about_mail() -> None:
    """Administrators stand with commas between; the pages have no slash at the end."""
    values = {
        "XTIGER_MAIL_FROM": "xero@crm.example",
        "XTIGER_MAIL_TO": "a@crm.example, b@crm.example,",
        "XTIGER_PAGES_URL": "https://crm.example/books/",
    }
    server = Secret("smtp://mail.example.com")

    assert mail_settings({}, Secret("")) == MailSettings()
    assert mail_settings(values, server) == MailSettings(
        server, "xero@crm.example", ("a@crm.example", "b@crm.example"), "https://crm.example/books"
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "XTIGER_MAIL_FROM is missing"),
        ({"XTIGER_MAIL_FROM": "Xero <a@b.c>"}, "XTIGER_MAIL_FROM holds what is no mail address"),
        (
            {"XTIGER_MAIL_FROM": "a@b.c", "XTIGER_MAIL_TO": "boss"},
            "XTIGER_MAIL_TO holds what is no mail address",
        ),
        (
            {"XTIGER_MAIL_FROM": "a@b.c", "XTIGER_PAGES_URL": "crm.example"},
            "XTIGER_PAGES_URL is no http address",
        ),
    ],
)
def test_settings_that_cannot_be_used_are_named(values: dict[str, str], said: str) -> None:
    """By their variable."""
    with pytest.raises(SettingInvalid, match=said):
        mail_settings(values, Secret("smtp://mail.example.com"))
