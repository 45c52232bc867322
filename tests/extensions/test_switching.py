"""On and off: per connection, never at odds with what needs what, and never fatal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, inspect

from tests.extensions.conftest import Installation
from tests.extensions.making import Making
from xtiger.errors import ExtensionRefused, NeedsPerson
from xtiger.extensions.manager import ExtensionManager
from xtiger.extensions.state import Choice

MakeZip = Callable[..., Path]
CARDS = {"name": "Cards", "label": "Cards", "package": "loyalty_cards"}


@pytest.fixture
def manager(installation: Installation, make_zip: MakeZip) -> ExtensionManager:
    """A manager with Loyalty, and with Cards that need it; both off."""
    manager = installation.start()
    manager.install([make_zip(), make_zip(**CARDS, requires=("Loyalty",))])
    return manager


def _refusal(action: Callable[[], object]) -> str:
    with pytest.raises(ExtensionRefused) as refusal:
        action()
    return str(refusal.value)


def test_the_core_is_on_from_the_start(installation: Installation) -> None:
    """XTiger needs no switch."""
    assert installation.start().enabled("XTiger", "first")


def test_on_for_all_is_on_for_each(manager: ExtensionManager) -> None:
    """Enabled without a connection means every connection."""
    manager.enable("Loyalty")

    assert [True, True, True] == [manager.enabled("Loyalty", c) for c in (None, "first", "second")]


def test_on_for_one_is_off_for_the_others(manager: ExtensionManager) -> None:
    """Enabled for one connection leaves the others off."""
    manager.enable("Loyalty", "first")

    assert [True, True, False] == [manager.enabled("Loyalty", c) for c in (None, "first", "second")]


def test_off_for_one_is_on_for_the_others(manager: ExtensionManager) -> None:
    """Disabled for one connection leaves the others on."""
    manager.enable("Loyalty")
    manager.disable("Loyalty", "first")

    assert [True, False, True] == [manager.enabled("Loyalty", c) for c in (None, "first", "second")]


def test_an_unknown_connection_is_refused(manager: ExtensionManager) -> None:
    """A connection that does not exist is named."""
    assert "there is no connection third" in _refusal(lambda: manager.enable("Loyalty", "third"))


def test_an_unknown_extension_is_refused(manager: ExtensionManager) -> None:
    """A wrong name is answered with the known ones."""
    said = _refusal(lambda: manager.enable("Loyality"))

    assert said.endswith("Known are: XTiger, Cards, Loyalty.")


def test_what_it_needs_must_be_on(manager: ExtensionManager) -> None:
    """Cards cannot be on where Loyalty is off."""
    manager.enable("Loyalty", "first")
    said = _refusal(lambda: manager.enable("Cards", "second"))

    assert "Cards: it needs Loyalty, which is off. First: xtiger extensions enable Loyalty" == said


def test_what_is_needed_stays_on(manager: ExtensionManager) -> None:
    """Loyalty cannot go off, nor away, while Cards are on anywhere."""
    manager.enable("Loyalty")
    manager.enable("Cards", "second")
    expected = "Loyalty: Cards is on and needs it. First: xtiger extensions disable Cards"

    assert [expected] * 3 == [
        _refusal(lambda: manager.disable("Loyalty")),
        _refusal(lambda: manager.disable("Loyalty", "second")),
        _refusal(lambda: manager.uninstall("Loyalty")),
    ]


def test_what_is_not_needed_there_goes_off(manager: ExtensionManager) -> None:
    """Where Cards are off, Loyalty can go off."""
    manager.enable("Loyalty")
    manager.enable("Cards", "second")
    manager.disable("Loyalty", "first")

    assert not manager.enabled("Loyalty", "first")


def test_the_core_stays_on_while_it_is_needed(manager: ExtensionManager) -> None:
    """XTiger cannot go off while an extension that needs it is on."""
    manager.enable("Loyalty")

    assert "XTiger: Loyalty is on and needs it" in _refusal(lambda: manager.disable("XTiger"))


def test_a_failing_hook_leaves_it_off(
    installation: Installation, manager: ExtensionManager
) -> None:
    """When `enabled` raises, the extension is not enabled."""
    installation.lifecycle.raises["enabled"] = NeedsPerson("Not today.")
    with pytest.raises(NeedsPerson):
        manager.enable("Loyalty")

    assert not manager.enabled("Loyalty")


def test_another_process_sees_it_within_a_second(
    installation: Installation, manager: ExtensionManager
) -> None:
    """What one process switches, another one knows a second later."""
    manager.enable("Loyalty")
    other = ExtensionManager(installation.store, installation.home, installation.clock)
    other._loaded = manager._loaded  # the other process has imported the same
    before = other.enabled("Loyalty")
    manager.disable("Loyalty")
    installation.clock.sleep(1)

    assert (True, False) == (before, other.enabled("Loyalty"))


def test_asking_again_reads_nothing(installation: Installation, manager: ExtensionManager) -> None:
    """Within a second the store is read at most once."""
    statements: list[str] = []
    event.listen(
        installation.store.engine,
        "before_cursor_execute",
        lambda *given: statements.append(given[2]),
    )
    installation.clock.sleep(1)
    for _ in range(100):
        manager.enabled("Loyalty")

    assert 1 == sum("SELECT" in statement for statement in statements)


def test_broken_code_stops_nothing(installation: Installation, make_zip: MakeZip) -> None:
    """An extension that raises at import is broken, with reason and trace; the core runs."""
    manager = installation.start()
    manager.install([make_zip(plugin="raise RuntimeError('no luck')\n")])
    state = manager.states()[1]

    assert ("broken", "its code cannot be imported: RuntimeError: no luck", True) == (
        state.state,
        state.reason,
        "plugin.py" in state.trace,
    )


def test_hooks_that_do_not_fit_are_set_aside(
    installation: Installation, manager: ExtensionManager
) -> None:
    """One set aside is broken with the reason, and off until the next start."""
    manager.enable("Loyalty")
    manager.set_aside("Loyalty", "its hook menu takes no argument x")
    manager.load()
    state = manager.states()[2]

    assert ("broken", "its hook menu takes no argument x", False, True) == (
        state.state,
        state.reason,
        manager.enabled("Loyalty"),
        installation.start().enabled("Loyalty"),
    )


def test_a_hook_may_write_to_the_database(
    installation: Installation, manager: ExtensionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lifecycle hook that writes through the engine is not locked out by the manager."""

    def write(extension: str, hook: str, /, **arguments: Any) -> None:
        with installation.store.engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE TABLE made_{extension}_{hook} (id INTEGER)")

    monkeypatch.setattr(manager, "call_lifecycle", write)
    manager.enable("Loyalty")
    manager.uninstall("Loyalty")
    made = {
        name for name in inspect(installation.store.engine).get_table_names() if "made_" in name
    }

    assert {f"made_Loyalty_{hook}" for hook in ("enabled", "disabled", "pre_uninstall")} == made


def test_broken_code_cannot_be_enabled(installation: Installation, make_zip: MakeZip) -> None:
    """Enabling a broken extension says why it is broken."""
    manager = installation.start()
    manager.install([make_zip(plugin="raise RuntimeError('no luck')\n")])

    assert "no luck" in _refusal(lambda: manager.enable("Loyalty"))


def test_an_extension_whose_need_left_is_blocked(
    installation: Installation, make_zip: MakeZip
) -> None:
    """One that needs an extension which is broken is blocked, and named."""
    manager = installation.start()
    broken = make_zip(plugin="raise RuntimeError('no luck')\n")
    manager.install([broken, make_zip(**CARDS, requires=("Loyalty",))])
    state = next(state for state in manager.states() if state.name == "Cards")

    assert ("blocked", "it needs Loyalty, which is not loaded") == (state.state, state.reason)


def test_an_extension_for_another_release_is_blocked(installation: Installation) -> None:
    """One of pip's that was made for another xtiger is blocked, not imported."""
    installation.pip(
        Making(name="PipMade", package="pip_made", metadata=("Requires-Dist: xtiger~=9.9.0",))
    )
    state = installation.start().states()[1]

    assert ("blocked", True) == (state.state, state.reason.startswith("it needs xtiger ~=9.9.0"))


def test_safe_mode_loads_the_core_only(installation: Installation, make_zip: MakeZip) -> None:
    """In safe mode everything but the core is blocked, and what was chosen stays."""
    manager = installation.start()
    manager.install([make_zip()])
    manager.enable("Loyalty")
    safe = installation.start(safe_mode=True)
    seen = {state.name: state.state for state in safe.states()}

    assert ({"XTiger": "enabled", "Loyalty": "blocked"}, True) == (
        seen,
        installation.start().enabled("Loyalty"),
    )


@pytest.mark.parametrize(
    ("below", "above", "covered"),
    [
        (Choice("enabled"), Choice("enabled"), True),
        (Choice("enabled"), Choice("disabled"), True),
        (Choice("disabled"), Choice("enabled"), False),
        (Choice("enabled", connections={"a": False}), Choice("enabled"), False),
        (Choice("enabled", connections={"a": False}), Choice("disabled"), True),
        (Choice("disabled", connections={"a": True}), Choice("installed"), True),
        (
            Choice("disabled", connections={"a": True}),
            Choice("disabled", connections={"a": True}),
            True,
        ),
        (
            Choice("disabled", connections={"a": True}),
            Choice("disabled", connections={"b": True}),
            False,
        ),
    ],
)
def test_one_choice_covers_another(below: Choice, above: Choice, covered: bool) -> None:
    """A choice covers another when it is on wherever the other is on."""
    assert covered == below.covers(above)
