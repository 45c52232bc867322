"""Names and ids with a meaning are made in one place: no other file spells or cuts them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.source import PACKAGES, name_of, python_files

#: Where names of stored values are spelled, and where they come back from the database.
HOMES = ("xtiger/model/setting_keys.py", "xtiger/db/parts/")
#: Method of the store → place of the name among its arguments.
TAKES_A_NAME = {
    "setting": 0,
    "save_setting": 0,
    "forget_setting": 0,
    "settings_like": 0,
    "own_setting": 1,
    "save_own_setting": 1,
    "forget_own_setting": 1,
    "own_settings_like": 1,
    "every_setting_like": 0,
    "acquire_lease": 0,
    "renew_lease": 0,
    "release_lease": 0,
    "update_state": 0,
    "cursor": 1,
    "save_cursor": 1,
}
#: Where an id is put together and cut apart, and files that cut something else apart.
CUTTERS = {
    "xtiger/model/person_ref.py": "the value of a person",
    "xtiger/rules/contact_persons.py": "the id of a person",
    "xtiger/engine/workbench/placeholder_ids.py": "the stand-in for an id",
    "xtiger/mapping/check.py": "the name of an option, as people type it",
    "xtiger/mapping/configuration_toml.py": "the same",
    "xtiger/mapping/option_specs.py": "the same, which it makes",
    "xtiger/rules/kinds.py": "the path of a request",
}
#: Rooms in which ids travel.
ROOMS = tuple(
    f"xtiger/{room}/"
    for room in ("model", "ports", "rules", "mapping", "engine", "services", "panels", "web")
)
CUTS = ("split", "rsplit", "partition", "rpartition")
KEYS = (
    "SettingKey",
    "SettingGroup",
    "TenantKey",
    "TenantGroup",
    "StateKey",
    "LeaseKey",
    "CursorKey",
)


def _calls(*, homes: tuple[str, ...]) -> Iterator[tuple[str, str, ast.Call]]:
    """(file:line, name of what is called, call) of the packages, without these files."""
    for path in python_files():
        name = name_of(path)
        # The sandbox keeps a database of its own: it stands for Xero, not for the library.
        if name.split("/")[0] in PACKAGES and not name.startswith((*homes, "xtiger/sandbox/")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    yield f"{name}:{node.lineno}", called, node


def test_no_name_of_a_stored_value_is_spelled_outside_its_file() -> None:
    """The store gets names that `model.setting_keys` made: no text, no f-string, no sum."""
    spelled = [
        place
        for place, called, call in _calls(homes=HOMES)
        if called in TAKES_A_NAME and len(call.args) > TAKES_A_NAME[called]
        if not isinstance(
            call.args[TAKES_A_NAME[called]], ast.Name | ast.Attribute | ast.Call | ast.Starred
        )
    ]

    assert [] == spelled


def test_the_types_of_names_are_made_in_one_file() -> None:
    """Outside it no text becomes a name, so that mypy refuses every other."""
    assert [] == [place for place, called, _ in _calls(homes=HOMES) if called in KEYS]


def test_no_id_is_cut_apart_outside_its_file() -> None:
    """What is inside an id is asked of the file that makes it."""
    cut = [
        place
        for place, called, call in _calls(homes=tuple(CUTTERS))
        if place.startswith((*ROOMS, "xtiger_", "xero_accounts")) and called in CUTS and call.args
        if isinstance(call.args[0], ast.Constant) and call.args[0].value in (":", "/")
    ]

    assert [] == cut


def test_no_sign_in_an_id_is_looked_for_outside_its_file() -> None:
    """Whether an id is a person's is asked, too."""
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files()
        if name_of(path).startswith(ROOMS) and name_of(path) not in CUTTERS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn)
        if isinstance(node.left, ast.Constant) and node.left.value in (":", "/")
    ]

    assert [] == found
