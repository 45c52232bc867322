"""Extensions made for another minor version of XTiger: blocked with a sentence, never imported."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import xtiger
from tests.extensions.conftest import Installation
from tests.extensions.making import Making
from xtiger.errors import ExtensionForOtherRelease
from xtiger.extensions import checks, load
from xtiger.extensions.spoken_reason import spoken_notice, spoken_reason
from xtiger.extensions.state import ExtensionState
from xtiger.i18n.language import language

MakeZip = Callable[..., Path]
HERE = xtiger.__version__
MAJOR, MINOR = (int(number) for number in HERE.split(".")[:2])
BEFORE = f"{MAJOR}.{MINOR - 1}.0"
#: What a wheel of the minor version before says, and one of this.
OLD_NEEDS = (f"Requires-Dist: xtiger~={BEFORE}",)
OLD = {"version": BEFORE, "metadata": OLD_NEEDS}
NEW = {"version": HERE, "metadata": (f"Requires-Dist: xtiger~={MAJOR}.{MINOR}.0",)}
#: It imports a module of a place that was left since.
OLD_PLUGIN = "import xtiger.links\n"


@pytest.fixture
def outdated(
    installation: Installation, make_zip: MakeZip, monkeypatch: pytest.MonkeyPatch
) -> Installation:
    """A home in which an extension was installed and enabled under the release before."""
    with monkeypatch.context() as then:
        for module in (checks, load):
            then.setattr(module, "__version__", BEFORE)
        manager = installation.start()
        manager.install([make_zip(**OLD)])
        manager.enable("Loyalty")
    installation.lifecycle.heard.clear()
    return installation


def _state(installation: Installation) -> ExtensionState:
    return next(one for one in installation.start().states() if one.name == "Loyalty")


def test_its_zip_is_refused(installation: Installation, make_zip: MakeZip) -> None:
    """The sentence names both releases and the way on, and nothing is left of it."""
    manager = installation.start()
    with pytest.raises(ExtensionForOtherRelease) as refused:
        manager.install([make_zip(**OLD, plugin=OLD_PLUGIN)])

    said = f"Loyalty: it needs xtiger ~={BEFORE}, this is {HERE}."

    assert f"{said} Use its version for xtiger {HERE}." == str(refused.value)
    assert ["XTiger"] == [state.name for state in manager.states()]


def test_one_installed_before_is_blocked(outdated: Installation) -> None:
    """At the next start it is blocked with the reason, and none of its code is imported."""
    state = _state(outdated)

    assert ("blocked", f"it needs xtiger ~={BEFORE}, this is {HERE}", f"~={BEFORE}") == (
        state.state,
        state.reason,
        state.needs_release,
    )
    assert ("loyalty_points" in sys.modules, outdated.lifecycle.hooks("Loyalty")) == (False, [])


def test_a_copy_of_pip_is_blocked(installation: Installation) -> None:
    """Although pip installs what does not fit, its old import is never carried out."""
    made = Making(name="PipMade", package="pip_made", metadata=OLD_NEEDS, plugin=OLD_PLUGIN)
    installation.pip(made)
    state = installation.start().states()[1]

    assert ("blocked", f"~={BEFORE}") == (state.state, state.needs_release)


def test_it_is_reported_while_it_is_switched_on(outdated: Installation) -> None:
    """The overview names one that is on; once it is removed there is nothing to say."""
    manager = outdated.start()

    assert ["Loyalty"] == [one.name for one in manager.not_running()]

    manager.uninstall("Loyalty")

    assert [] == outdated.start().not_running()


def test_one_that_runs_is_not_reported(installation: Installation, make_zip: MakeZip) -> None:
    """What was made for this release loads, and the overview says nothing."""
    manager = installation.start()
    manager.install([make_zip(**NEW)])
    manager.enable("Loyalty")

    assert ([], True) == (manager.not_running(), manager.enabled("Loyalty"))


def test_its_next_version_goes_on(outdated: Installation, make_zip: MakeZip) -> None:
    """The zip for this release takes its place: enabled as before, with the update hook."""
    outdated.start().install([make_zip(**NEW)])
    again = outdated.start()

    assert ("enabled", HERE, True) == (
        _state(outdated).state,
        _state(outdated).version,
        again.enabled("Loyalty"),
    )
    assert ("Loyalty", "post_update", {"old_version": BEFORE}) in outdated.lifecycle.heard


@pytest.mark.parametrize(
    ("locale", "reason", "notice"),
    [
        ("en", "It is made for XTiger ~=0.1.0", "The extension Points does not run: it is made"),
        ("de", "Sie ist für XTiger ~=0.1.0 gemacht", "Die Erweiterung Points läuft nicht: Sie ist"),
        ("fr", "Elle est faite pour XTiger ~=0.1.0", "L’extension Points n’est pas active : elle"),
    ],
)
def test_the_sentence_is_in_each_language(locale: str, reason: str, notice: str) -> None:
    """The list of extensions and the overview say it in the language of the reader."""
    state = ExtensionState("P", "Points", "0.1.0", "blocked", "x", needs_release="~=0.1.0")
    words = language(locale)

    assert (True, True) == (
        spoken_reason(state, words).startswith(reason),
        spoken_notice(state, words).startswith(notice),
    )


def test_another_reason_stays_as_it_is() -> None:
    """A broken one keeps its own reason in the list; the overview points there."""
    state = ExtensionState("P", "Points", "1.0", "broken", "its code cannot be imported")
    words = language("en")

    assert "its code cannot be imported" == spoken_reason(state, words)
    assert spoken_notice(state, words).startswith("The extension Points does not run. Ask")
