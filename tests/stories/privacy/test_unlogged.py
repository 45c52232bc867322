"""Values of chosen fields are never stored in the log, and are synced as before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cli.conftest import Ended
from tests.commands import commands_on
from tests.stories.privacy.conftest import PHONE
from tests.world import World


@pytest.fixture
def typed(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Types commands on the world."""
    return commands_on(world, monkeypatch, capsys)


@pytest.mark.feature("O19")
def test_the_log_says_that_a_field_changed_and_not_from_what(
    world: World, typed: Callable[..., Ended]
) -> None:
    """Chosen by a command and kept in the configuration as text; the value arrives in Xero."""
    strange = typed("modules", "set", "Organizations", "--unlogged", "nosuch")
    chosen = typed("modules", "set", "Organizations", "--unlogged", "phone, EmailAddress")
    world.host.edit("Organizations", "1", phone="021 777 4321", email1="new@tawhaki.example")
    world.sync()
    (outcome,) = world.xt.sync.outcomes(module="Organizations", crm_id="1", limit=1)
    shown = repr(outcome)

    assert (True, 0) == (strange.code != 0, chosen.code)
    assert "updated" == outcome.result
    assert {"Phones.DEFAULT", "EmailAddress"} == {one.field for one in outcome.differences}
    assert not any(value in shown for value in ("4321", "new@", PHONE))
    assert "7774321" in str(world.in_xero("Organizations", "1")).replace(" ", "")
    assert 'unlogged = ["phone", "EmailAddress"]' in world.xt.configuration.text()
