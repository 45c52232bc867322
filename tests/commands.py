"""Commands typed on the library of a world, as a person does in a terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cli.conftest import Ended
from tests.world import World
from xtiger.cli.root import run


def commands_on(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    locale: str = "en",
) -> Callable[..., Ended]:
    """A function that types `xtiger …`, all extensions on that the world has on."""
    # The command closes its library at the end; the test still looks at it.
    monkeypatch.setattr(world.xt, "close", lambda: None)
    environment = {
        "XTIGER_HOME": str(world.xt.settings.home),
        "XTIGER_HOST": "tests.web.stand_in:StandInHost",
        "COLUMNS": "160",
        "XTIGER_LOCALE": locale,
    }

    def typed(*arguments: str) -> Ended:
        code = run(arguments, environment, lambda _host, _settings: world.xt)
        shown = capsys.readouterr()
        return Ended(code, shown.out, shown.err)

    return typed
