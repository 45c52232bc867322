"""The door to receivers: one POST, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import LocationValueError, NewConnectionError

import xtiger
from xtiger.model.outside.receivers import Delivery

#: Seconds to connect, and to answer: a receiver keeps what it got and works later.
TIMEOUT: Final = (5, 10)
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")

#: (address, headers, body) → what became of it.
Post = Callable[[str, Mapping[str, str], bytes], Delivery]


class _NobodysName(AuthBase):
    """Puts no name and password on a request, those of a .netrc neither."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class HttpPost:
    """Sends by one session, which its maker may give."""

    def __init__(self, session: requests.Session | None = None) -> None:
        self._session = session or requests.Session()
        self._session.headers["User-Agent"] = f"XTiger/{xtiger.__version__}"

    def __call__(self, address: str, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Post once; redirects are not followed, and what is answered is not read."""
        direct = urlsplit(address).hostname in _LOCAL
        try:
            with self._session.post(
                address,
                data=body,
                headers=dict(headers),
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
                auth=_NobodysName(),
                proxies={"no_proxy": ",".join(_LOCAL)} if direct else None,
            ) as answer:
                return _answered(answer.status_code)
        except (requests.exceptions.InvalidURL, LocationValueError):
            # requests lets some of urllib3's pass, such as that of a name with an empty part.
            return Delivery("later", "its address cannot be read")
        except requests.exceptions.SSLError:
            return Delivery("later", "its certificate is not valid")
        except (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError):
            return Delivery("later", "it cannot be reached")
        except requests.exceptions.ConnectionError as error:
            reason = getattr(error.args[0] if error.args else None, "reason", None)
            if isinstance(reason, NewConnectionError):
                return Delivery("later", "it cannot be reached")
            return Delivery("unknown", "no answer came")
        except requests.RequestException:
            return Delivery("unknown", "no answer came")

    def close(self) -> None:
        """Let its connections go."""
        self._session.close()


def _answered(status: int) -> Delivery:
    if 200 <= status < 300:
        return Delivery("sent", f"HTTP {status}")
    if 300 <= status < 400:
        return Delivery("later", f"HTTP {status}: it sends us elsewhere, which is not followed")
    return Delivery("later", f"HTTP {status}")
