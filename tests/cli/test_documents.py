"""The documents of this part say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import flask

from tests.web.stand_in import StandIn
from xtiger.panels import Panel
from xtiger.web import blueprint

ROOT = Path(__file__).parents[2]


def _text(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_setting_is_documented() -> None:
    """docs/settings.md has a line for each variable that the settings read, and no other."""
    files = ("settings.py", "model/configured_start.py", "model/mailing/servers.py")
    code = "".join((ROOT / "xtiger" / one).read_text(encoding="utf-8") for one in files)
    read = set(re.findall(r'"(XTIGER_[A-Z_]*[A-Z])"', code)) | {"XTIGER_HOME"}

    assert read == set(re.findall(r"^\| `(XTIGER_[A-Z_]+)`", _text("settings.md"), re.MULTILINE))


def test_every_address_is_documented() -> None:
    """docs/panel.md names each address of the blueprint that a person opens or a form posts to."""
    app = flask.Flask("crm")
    app.register_blueprint(blueprint(StandIn().as_library(), local_only=True))
    opened = {
        "/xt/",
        "/modules/XTiger/connect",
        "/modules/XTiger/callback",
        "/modules/XTiger/callback.php",
    }
    addresses = {rule.rule for rule in app.url_map.iter_rules()}

    assert opened <= addresses
    assert [] == [address for address in opened if f"`{address}`" not in _text("panel.md")]


def test_every_field_of_the_panel_is_documented() -> None:
    """docs/panel.md has each field of as_dict but those that address and name the record."""
    plain = {"title", "module", "record_id", "style_url"}
    panel: Panel = StandIn().panel("Invoices", "7")

    assert [] == [
        name for name in set(panel.as_dict()) - plain if f"| `{name}` |" not in _text("panel.md")
    ]
