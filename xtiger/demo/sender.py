"""The demo's Xero tells its CRM what changed: webhooks from the sandbox, over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xtiger.errors import log_line
from xtiger.i18n.process_log import process_log

if TYPE_CHECKING:
    from xtiger.sandbox import Sandbox

#: Between two looks for what is due.
PAUSE_SECONDS = 1.0
_CATEGORIES = ("CONTACT", "INVOICE")


def webhook_key(sandbox: Sandbox, crm_url: str) -> str:
    """The signing key for the CRM's settings; no webhook is sent yet."""
    return sandbox.webhooks.subscribe(sandbox.client_id, _address(crm_url), ()).key


def _address(crm_url: str) -> str:
    return f"{crm_url}/modules/XTiger/webhook"


@contextmanager
def telling(sandbox: Sandbox, crm_url: str) -> Iterator[None]:
    """Tell the CRM of contacts and invoices as long as this lasts."""
    webhooks, client_id = sandbox.webhooks, sandbox.client_id
    webhooks.subscribe(client_id, _address(crm_url), _CATEGORIES)
    ended = threading.Event()

    def tell_due() -> None:
        known = webhooks.subscription(client_id)
        if known is not None and known.status != "ok":
            webhooks.intent_to_receive(client_id)
        webhooks.deliver_due()

    def tell() -> None:
        said = ""
        while not ended.wait(PAUSE_SECONDS):
            try:
                tell_due()
            # The worker loop of this thread: unheard, it would end without a word.
            except Exception as error:  # noqa: BLE001
                line = f"Xero's webhooks wait; xtiger sync reads what they tell. {log_line(error)}"
                if line != said:
                    process_log("xtiger.demo").error("%s", line)
                said = line
            else:
                said = ""

    thread = threading.Thread(target=tell, name="demo-webhooks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
