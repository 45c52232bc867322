"""What a person does on Xero's consent page."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import requests

REDIRECT = "http://localhost:8099/modules/XTiger/callback"


def _decide(url: str, **choice: str) -> str:
    parts = urlsplit(url)
    page = f"{parts.scheme}://{parts.netloc}{parts.path}"
    answer = requests.post(
        page, data=dict(parse_qsl(parts.query)) | choice, allow_redirects=False, timeout=10
    )
    return str(answer.headers["Location"])


def allow(url: str, tenant: str) -> str:
    """Choose an organisation and allow; the address that the browser is sent back to."""
    return _decide(url, tenant=tenant, decision="allow")


def cancel(url: str) -> str:
    """Press Cancel; the address that the browser is sent back to."""
    return _decide(url, decision="cancel")
