"""Idempotency-Key: the answer of a write, kept for six minutes and given again."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.envelope import Answer, Refused, problem

KEPT = dt.timedelta(minutes=6)
_LONGEST = 128


@dataclass(frozen=True, slots=True)
class _Kept:
    since: dt.datetime
    fingerprint: str
    answer: Answer


class Idempotency:
    """Answers by key. The key space is the app's, not the organisation's, as in Xero."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def replay(self, key: str, fingerprint: str, now: dt.datetime) -> Answer | None:
        """Return the kept answer of the same request, or None if the key is new.

        `key`: client id, a space and what the app sent. Raises Refused when the latter is too
        long or was used with a different request.
        """
        sent = key.partition(" ")[2]
        if len(sent) > _LONGEST:
            detail = f"Idempotency Key must not be longer than {_LONGEST} characters"
            raise Refused(problem(400, "Bad Request", detail))
        self._kept = {k: kept for k, kept in self._kept.items() if now - kept.since < KEPT}
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.fingerprint != fingerprint:
            detail = messages.IDEMPOTENCY.replace("...", sent)
            raise Refused(problem(400, "Bad Request", detail))
        return kept.answer

    def keep(self, key: str, fingerprint: str, now: dt.datetime, answer: Answer) -> None:
        """Keep an answer, errors included, from the first call on."""
        self._kept[key] = _Kept(now, fingerprint, answer)

    def snapshot(self) -> dict[str, _Kept]:
        """Return what is kept now."""
        return dict(self._kept)

    def restore(self, kept: dict[str, _Kept]) -> None:
        """Keep what a snapshot held."""
        self._kept = dict(kept)


def fingerprint(method: str, url: str, body: bytes) -> str:
    """Return what makes two requests the same: method, address and body."""
    return hashlib.sha256(f"{method} {url}\n".encode() + body).hexdigest()
