"""A host or an extension that raises SystemExit or KeyboardInterrupt ends nothing but itself."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.broken_host import BrokenIn
from tests.world import World
from xtiger.app import XTiger
from xtiger.errors import BrokenExtension, BrokenHost
from xtiger.extensions.hook_caller import named
from xtiger.ports.interrupts import Interrupted


def exits(*_given: Any) -> Any:
    """An adapter that ends the process."""
    raise SystemExit(1)


def interrupts(*_given: Any) -> Any:
    """An adapter that calls itself interrupted."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("rogue", [exits, interrupts])
def test_a_host_that_ends_the_process_is_a_broken_host(
    world: World, rogue: Callable[..., Any]
) -> None:
    """The run fails and says whose fault it is; its lease is back, so that the next one runs."""
    xt = XTiger(BrokenIn(world.host, "changed_since", rogue), world.xt.settings, world.clock)
    with pytest.raises(BrokenHost, match=r"failed in changed_since.*(SystemExit|Interrupt)"):
        xt.sync.run()
    xt.close()

    assert ["failed"] == [run.state for run in world.xt.sync.runs()]
    assert "done" == world.sync().state


@pytest.mark.parametrize("rogue", [exits, interrupts])
def test_an_extension_that_ends_the_process_is_broken(rogue: Callable[..., Any]) -> None:
    """Its name and what it did are told."""
    with pytest.raises(BrokenExtension, match=r"Rogue failed in menu: (SystemExit|Keyboard)"):
        named("Rogue", "menu", rogue, object)


def test_a_signal_in_a_call_of_the_host_ends_the_run(world: World) -> None:
    """Whatever code it comes in, it is no fault of the host."""

    def signalled(_answer: Any) -> Any:
        raise Interrupted(signal.SIGTERM)

    xt = XTiger(BrokenIn(world.host, "changed_since", signalled), world.xt.settings, world.clock)
    with pytest.raises(Interrupted):
        xt.sync.run()
    xt.close()

    assert ["stopped"] == [run.state for run in world.xt.sync.runs()]
