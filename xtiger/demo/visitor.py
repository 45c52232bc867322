"""A script that plays the administrator on Xero's consent page, over real HTTP."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

from xtiger.errors import ConsentRefused

_TIMEOUT_SECONDS = 30


class _Form(HTMLParser):
    """Collects the form of the consent page: its address, fields and organisations."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        #: Name of the organisation → value of its radio button.
        self.organisations: dict[str, str] = {}
        self._radio = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in the form and its inputs."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given.get("action", "")
        elif tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"]] = given.get("value", "")
        elif tag == "input" and given.get("type") == "radio":
            self._radio = given.get("value", "")

    def handle_data(self, data: str) -> None:
        """The text behind a radio button is the organisation's name."""
        if self._radio and data.strip():
            self.organisations[data.strip()] = self._radio
            self._radio = ""


def allow_access(
    consent_url: str, organisation: str, browser: requests.Session | None = None
) -> str:
    """Allow access for one organisation; returns the address that Xero sends the browser to.

    Raises ConsentRefused when the page does not offer that organisation.
    """
    if browser is None:
        with requests.Session() as own:
            return allow_access(consent_url, organisation, own)
    page = browser.get(consent_url, timeout=_TIMEOUT_SECONDS)
    form = _Form()
    form.feed(page.text)
    if organisation not in form.organisations:
        offered = ", ".join(form.organisations) or "none"
        raise ConsentRefused(f"the page does not offer {organisation}, but: {offered}")
    answer = browser.post(
        urljoin(consent_url, form.action),
        data={**form.fields, "tenant": form.organisations[organisation], "decision": "allow"},
        allow_redirects=False,
        timeout=_TIMEOUT_SECONDS,
    )
    return str(answer.headers["Location"])


def connect_in_crm(
    crm_url: str, organisation: str, browser: requests.Session | None = None
) -> None:
    """Press Connect in the CRM and allow access at Xero, as an administrator's browser does.

    `browser` is one that is logged in to the CRM; without it one is opened that is not.
    """
    if browser is None:
        with requests.Session() as own:
            return connect_in_crm(crm_url, organisation, own)
    start = browser.get(
        f"{crm_url}/modules/XTiger/connect", allow_redirects=False, timeout=_TIMEOUT_SECONDS
    )
    if "Location" not in start.headers:
        raise ConsentRefused(f"the CRM answered {start.status_code} instead of leading to Xero")
    returned = allow_access(start.headers["Location"], organisation, browser)
    done = browser.get(returned, timeout=_TIMEOUT_SECONDS)
    if done.status_code != requests.codes.ok:
        raise ConsentRefused(f"the CRM answered {done.status_code} to Xero's answer")
    return None
