"""What pip installed is on as soon as it is there, unless somebody unticked it before."""

from __future__ import annotations

import pytest

from tests.extensions.conftest import Installation
from tests.extensions.making import Making
from xtiger.errors import NeedsPerson
from xtiger.extensions.manager import ExtensionManager
from xtiger.extensions.state import Choice

PIP = Making(name="PipMade", package="pip_made")
CARDS = Making(name="Cards", label="Cards", package="loyalty_cards", requires=("PipMade",))


def _start(
    installation: Installation, *, new_on: bool = True, safe_mode: bool = False
) -> ExtensionManager:
    return installation.start(new_on=new_on, safe_mode=safe_mode, whole=False)


def _seen(manager: ExtensionManager) -> dict[str, str]:
    return {state.name: state.state for state in manager.states() if state.name != "XTiger"}


def test_what_pip_installed_is_on_at_the_next_start(installation: Installation) -> None:
    """Its tables are made first; the start after that calls nothing again."""
    _start(installation)
    installation.pip(PIP)
    manager = _start(installation)
    on = manager.enabled("PipMade", "first")
    _start(installation)

    assert (True, {"PipMade": "enabled"}) == (on, _seen(manager))
    assert ["post_install", "enabled"] == installation.lifecycle.hooks("PipMade")


def test_what_others_need_comes_first(installation: Installation) -> None:
    """Cards stand before PipMade in the alphabet, and need it."""
    installation.pip(CARDS)
    installation.pip(PIP)

    assert {"Cards": "enabled", "PipMade": "enabled"} == _seen(_start(installation))


@pytest.mark.parametrize("was", ["disabled", "installed", "removed"])
def test_what_was_chosen_before_stays(installation: Installation, was: str) -> None:
    """An administrator who switched it off, left it off or removed it is not overruled."""
    installation.pip(PIP)
    manager = _start(installation, new_on=False)
    manager.enable("PipMade")
    if was == "removed":
        manager.uninstall("PipMade")
    elif was == "disabled":
        manager.disable("PipMade")
    else:
        manager._choices.save("PipMade", Choice("installed", "1.0.0", "pip_made"))
    again = _start(installation)

    assert (False, {"PipMade": was}) == (again.enabled("PipMade"), _seen(again))


def test_a_home_may_leave_new_ones_off(installation: Installation) -> None:
    """Set so, each waits as available until somebody switches it on."""
    installation.pip(PIP)
    manager = _start(installation, new_on=False)
    before = _seen(manager)
    manager.enable("PipMade")

    assert ({"PipMade": "available"}, True) == (before, manager.enabled("PipMade"))
    assert ["post_install", "enabled"] == installation.lifecycle.hooks("PipMade")


@pytest.mark.parametrize("hook", ["post_install", "enabled"])
def test_one_that_fails_stays_off_with_its_reason(installation: Installation, hook: str) -> None:
    """It stops nothing, is not tried at each start, and goes on once somebody switches it on."""
    installation.pip(PIP)
    installation.lifecycle.raises[hook] = NeedsPerson("Not today.")
    state = _start(installation).states()[1]
    installation.lifecycle.raises.clear()
    before = installation.lifecycle.hooks("PipMade")
    again = _start(installation)
    tried = len(installation.lifecycle.hooks("PipMade")) - len(before)
    again.enable("PipMade")

    assert ("installed", "Not today.", 0) == (state.state, state.reason, tried)
    assert ("enabled", "") == (again.states()[1].state, again.states()[1].reason)


def test_one_whose_need_is_off_stays_off(installation: Installation) -> None:
    """What an administrator switched off stays off; once it is on, the other follows."""
    installation.pip(PIP)
    _start(installation).disable("PipMade")
    installation.pip(CARDS)
    manager = _start(installation)
    before = (_seen(manager), manager.not_running())
    manager.enable("PipMade")

    assert ({"Cards": "available", "PipMade": "disabled"}, []) == before
    assert {"Cards": "enabled", "PipMade": "enabled"} == _seen(_start(installation))


def test_a_new_one_that_cannot_run_is_told(installation: Installation) -> None:
    """Its reason stands where people look for what is on and does not run."""
    needs = ("Requires-Dist: xtiger~=9.9.0",)
    installation.pip(Making(name="PipMade", package="pip_made", metadata=needs))

    found = _start(installation).not_running()

    assert [("blocked", "~=9.9.0")] == [(one.state, one.needs_release) for one in found]


def test_safe_mode_switches_nothing_on(installation: Installation) -> None:
    """It waits for the first start without safe mode."""
    installation.pip(PIP)
    safe = _seen(_start(installation, safe_mode=True))

    assert ({"pip_made": "blocked"}, {"PipMade": "enabled"}) == (safe, _seen(_start(installation)))
