"""The demo CRM with XTiger plugged in, as one running thing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from xtiger.demo.crm import create_app
from xtiger.demo.database import open_sessions
from xtiger.demo.host import ADDRESS, build

if TYPE_CHECKING:
    from xtiger import XTiger
    from xtiger.settings import Settings


@dataclass(frozen=True, slots=True)
class Plugged:
    """The CRM's application, XTiger on its records, and the sessions that both share."""

    app: Flask
    xt: XTiger
    #: Saves through these are seen by XTiger in their own transaction.
    sessions: sessionmaker[Session]


def plug(home: Path, settings: Settings | None = None, address: str = ADDRESS) -> Plugged:
    """The CRM in `home` with XTiger; `address` is where its pages are served."""
    from xtiger import XTiger  # brings the whole library, which the CRM alone does not need

    sessions = open_sessions(home)
    host = build(home, address, sessions)
    xt = XTiger(host, settings=settings)
    return Plugged(create_app(home, xt, sessions, host.join), xt, sessions)
