"""Serves the app of an example in a thread of this process, as its own server does."""

from __future__ import annotations

import importlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from xtiger.demo.stage import CrmServer


@contextmanager
def _by_waitress(name: str, port: int) -> Iterator[None]:
    server = CrmServer(port)
    try:
        server.start(importlib.import_module(f"examples.{name}.crm").create_app())
        yield
    finally:
        server.close()


@contextmanager
def _by_uvicorn(name: str, port: int) -> Iterator[None]:
    import uvicorn  # only the asynchronous example has it

    app = importlib.import_module(f"examples.{name}.crm").create_app()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, name=name, daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.05)
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def _by_waitress_on_django(name: str, port: int) -> Iterator[None]:
    import django  # only this example has it
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    os.environ["DJANGO_SETTINGS_MODULE"] = f"examples.{name}.settings"
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from django.contrib.auth.models import User  # its table is there now

    if not User.objects.exists():
        User.objects.create_superuser("anna")
        User.objects.create_user("ben")
    server = CrmServer(port)
    try:
        server.start(get_wsgi_application())
        yield
    finally:
        server.close()


#: How each example is served: by its name, on a port.
SERVERS: Mapping[str, Callable[[str, int], AbstractContextManager[None]]] = {
    "flask_crm": _by_waitress,
    "django_crm": _by_waitress_on_django,
    "fastapi_crm": _by_uvicorn,
}
