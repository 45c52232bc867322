"""The application context in which a CRM on Flask works, also outside of any request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy.orm import scoped_session, sessionmaker

from xtiger.errors import SettingInvalid

SessionFactory = sessionmaker[Any] | scoped_session[Any]

_FIX: Final = "Give the app or the function that makes it: SQLAlchemyHost(db, app=create_app, ...)."


class AppContext:
    """Enters the context of the CRM's Flask app where none is; without an app it does nothing.

    `app` is the app or a function that makes it, called at the first need and once. `extension`
    is the Flask-SQLAlchemy object, whose session works within a context only.
    """

    def __init__(self, app: Any, extension: Any = None) -> None:
        self._given, self._extension = app, extension
        self._made: Any = None
        self._lock = threading.Lock()

    @property
    def is_there(self) -> bool:
        """Whether the CRM's session may be asked for without entering a context."""
        if self._given is None and self._extension is None:
            return True
        from flask import current_app, has_app_context  # the CRM has Flask where it is asked

        if not has_app_context():
            return False
        # The pages of the library may run in an app of their own, which has no such session.
        found = current_app.extensions.get("sqlalchemy")
        return self._extension is None or found is self._extension

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be in a context of the CRM's app; raises SettingInvalid where no app is given."""
        if self.is_there:
            yield
            return
        with self._app().app_context():
            yield

    def make(self) -> None:
        """Make the app now where a function was given for it; else do nothing."""
        if self._given is not None:
            self._app()

    def _app(self) -> Any:
        if self._given is None:
            raise SettingInvalid("The argument app of SQLAlchemyHost", "is not given", _FIX)
        with self._lock:
            if self._made is None:
                whole = hasattr(self._given, "app_context")
                self._made = self._given if whole else self._given()
            if not hasattr(self._made, "app_context"):
                raise SettingInvalid("The argument app of SQLAlchemyHost", "is no Flask app", _FIX)
            return self._made


def factory_of(session: Any) -> tuple[SessionFactory, Any]:
    """The session factory given, and the Flask-SQLAlchemy object where it is that.

    Raises SettingInvalid for anything else, such as a session or a factory of async sessions.
    """
    if isinstance(session, scoped_session | sessionmaker):
        return session, None
    own = getattr(session, "session", None)
    if isinstance(own, scoped_session):
        return own, session
    fix = "Give the factory itself: SQLAlchemyHost(Session, ...), without calling it."
    if hasattr(session, "sync_session") or type(session).__name__.startswith("async_"):
        fix = (
            "Give a sessionmaker and hand its class_ to yours as sync_session_class: docs/host.md."
        )
    raise SettingInvalid(
        "The first argument of SQLAlchemyHost", "is no sessionmaker or scoped_session", fix
    )


def maker_of(factory: SessionFactory) -> Callable[..., Any]:
    """What makes sessions of their own, apart from the one of a request."""
    return factory.session_factory if isinstance(factory, scoped_session) else factory
