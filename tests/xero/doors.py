"""The real way out to Xero, with something happening before a request or after its answer."""

from __future__ import annotations

from tests.xero.twin import Asked, XeroTwin
from xtiger.xero.transport import RawAnswer, encoded


class WatchedHttp(XeroTwin):
    """Calls `before` and `after` around each request that really goes out."""

    def before(self) -> None:
        """Nothing is sent yet."""

    def answer(self, asked: Asked) -> None:
        """Leaves it to the real one."""
        self.before()


class ShortQueries(XeroTwin):
    """The way to the sandbox with Xero's own limit: a query above 2,048 characters is a 404."""

    def __init__(self) -> None:
        super().__init__()
        self.lengths: list[int] = []

    def answer(self, asked: Asked) -> RawAnswer | None:
        """As Xero would."""
        self.lengths.append(len(encoded(asked.query)))
        if self.lengths[-1] > 2_048:
            return RawAnswer(404, {"content-type": "text/html"}, b"<p>not found</p>")
        return None
