"""The module manager: from a zip to an extension that is here, updated, gone back and removed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.extensions.conftest import Installation
from tests.extensions.making import Making
from xtiger.errors import ExtensionRefused, NeedsPerson
from xtiger.extensions.folder import ExtensionFolder
from xtiger.extensions.manager import ExtensionManager
from xtiger.model.setting_keys import LeaseKey

MakeZip = Callable[..., Path]
CARDS = {"name": "Cards", "label": "Cards", "package": "loyalty_cards"}


def _states(manager: ExtensionManager) -> dict[str, str]:
    return {state.name: state.state for state in manager.states()}


def _refusal(action: Callable[[], object]) -> str:
    with pytest.raises(ExtensionRefused) as refusal:
        action()
    return str(refusal.value)


class TestInstall:
    """From a zip to an extension that is here."""

    def test_a_new_one_is_loaded_and_off(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """After install it is loaded, its state is installed, and its hooks are not called."""
        manager = installation.start()
        manager.install([make_zip()])

        assert ("installed", False) == (_states(manager)["Loyalty"], manager.enabled("Loyalty"))

    def test_post_install_is_called_once(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """post_install is called at install and not again at later starts."""
        installation.start().install([make_zip()])
        installation.start()

        assert ["post_install"] == installation.lifecycle.hooks("Loyalty")

    def test_it_is_here_at_the_next_start(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """A later process loads it from its folder, core first."""
        installation.start().install([make_zip()])
        names = [extension.name for extension in installation.start().load()]

        assert ["XTiger", "Loyalty"] == names

    def test_its_folder_comes_last_on_the_path(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """The folder is appended to sys.path, so that it can hide nothing."""
        installation.start().install([make_zip()])

        assert sys.path[-1].startswith(str(installation.home / "extensions" / "Loyalty" / "1.0.0-"))

    def test_the_same_zip_again_changes_nothing(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """Installing what is installed is no error and calls no hook."""
        manager = installation.start()
        manager.install([make_zip()])
        manager.enable("Loyalty")
        manager.install([make_zip()])

        assert ["post_install", "enabled"] == installation.lifecycle.hooks("Loyalty")

    def test_a_damaged_zip_leaves_everything_as_it_was(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """One bad zip of two: nothing is installed, not even the good one."""
        good, bad = make_zip(), make_zip(**CARDS)
        bad.write_bytes(bad.read_bytes()[:300])
        manager = installation.start()
        _refusal(lambda: manager.install([good, bad]))

        assert {"XTiger": "enabled"} == _states(manager)

    def test_two_that_need_each_other_arrive_together(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """A zip that needs another is refused alone and taken with it."""
        cards = make_zip(**CARDS, requires=("XTiger", "Loyalty"))
        manager = installation.start()
        said = _refusal(lambda: manager.install([cards]))
        manager.install([cards, make_zip()])

        assert ("Cards: it needs Loyalty, which is not installed. Install both together.", 3) == (
            said,
            len(_states(manager)),
        )

    def test_a_missing_library_is_named(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """What the environment lacks is named with the pip command; nothing is fetched."""
        path = make_zip(metadata=("Requires-Dist: no-such-library>=2",))
        said = _refusal(lambda: installation.start().install([path]))

        assert said.endswith('Install first: pip install "no-such-library>=2"')

    def test_an_extra_is_not_demanded(self, installation: Installation, make_zip: MakeZip) -> None:
        """A requirement of an extra does not have to be here."""
        path = make_zip(metadata=('Requires-Dist: no-such-library; extra == "more"',))
        manager = installation.start()
        manager.install([path])

        assert "installed" == _states(manager)["Loyalty"]

    @pytest.mark.parametrize("package", ["json", "requests", "xtiger"])
    def test_what_can_be_imported_is_not_hidden(
        self, installation: Installation, make_zip: MakeZip, package: str
    ) -> None:
        """A package with the name of one of Python, of a library or of ours is refused."""
        path = make_zip(package=package)
        said = _refusal(lambda: installation.start().install([path]))

        assert said.startswith("Loyalty: ")

    def test_what_pip_owns_is_refused(self, installation: Installation, make_zip: MakeZip) -> None:
        """An extension that pip installed is updated by pip, and the command is named."""
        installation.pip(Making(name="PipMade", package="pip_made"))
        path = make_zip(name="PipMade", package="pip_made", version="2.0.0")
        said = _refusal(lambda: installation.start().install([path]))

        assert said.endswith("Use: pip install --upgrade pip-made")

    def test_another_process_at_work_is_waited_for(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """While another process installs, this one is refused with a sentence."""
        installation.store.acquire_lease(
            LeaseKey("extensions"), "other", 60, installation.clock.now()
        )
        said = _refusal(lambda: installation.start().install([make_zip()]))

        assert said.endswith("Try again in a minute.")

    @pytest.mark.parametrize("action", ["install", "uninstall", "rollback"])
    def test_one_that_was_overtaken_stops_before_it_switches(
        self, installation: Installation, make_zip: MakeZip, action: str
    ) -> None:
        """Another process took the lease, as after a sleep: what is in use stays in use."""
        manager = installation.start()
        manager.install([make_zip()])
        manager.install([make_zip(version="1.1.0")])
        before = manager._folder.active()
        store, clock = installation.store, installation.clock

        def sleeps(_name: str, hook: str, /, **_given: object) -> None:
            if hook in ("pre_update", "pre_uninstall"):
                clock.sleep(60)
                assert store.acquire_lease(LeaseKey("extensions"), "other", 60, clock.now())

        manager.call_lifecycle = sleeps
        acts: dict[str, Callable[[], object]] = {
            "install": lambda: manager.install([make_zip(version="1.2.0")]),
            "uninstall": lambda: manager.uninstall("Loyalty"),
            "rollback": lambda: manager.rollback("Loyalty"),
        }
        said = _refusal(acts[action])

        assert "another process changed extensions meanwhile; nothing was switched" in said
        assert before == manager._folder.active()
        assert store.acquire_lease(LeaseKey("extensions"), "third", 60, clock.now()) is None

    def test_a_bug_in_post_install_has_a_name(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """An error of any kind becomes a reason that names the extension and the hook."""
        installation.lifecycle.raises["post_install"] = ZeroDivisionError("by zero")
        (state,) = installation.start().install([make_zip()])

        assert state.reason.startswith(
            "The extension Loyalty failed in post_install: ZeroDivisionError: by zero."
        )

    def test_a_failing_post_install_is_kept_and_tried_again(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """After a failure it is installed with the reason; enabling calls post_install again."""
        installation.lifecycle.raises["post_install"] = NeedsPerson("No room for a table.")
        manager = installation.start()
        (state,) = manager.install([make_zip()])
        with pytest.raises(NeedsPerson):
            manager.enable("Loyalty")
        installation.lifecycle.raises.clear()
        manager.enable("Loyalty")

        assert ("installed", "No room for a table.", True) == (
            state.state,
            state.reason,
            manager.enabled("Loyalty"),
        )


def test_an_install_cut_short_leaves_nothing_in_use(
    installation: Installation, make_zip: MakeZip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between unpacking and the switch: nothing is there, and the next install works."""

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    manager, path = installation.start(), make_zip()
    with monkeypatch.context() as patch:
        patch.setattr(ExtensionFolder, "switch", crash)
        with pytest.raises(KeyboardInterrupt):
            manager.install([path])
    before = _states(installation.start())
    installation.start().install([make_zip()])

    assert ({"XTiger": "enabled"}, "installed") == (
        before,
        _states(installation.start())["Loyalty"],
    )


class TestUpdate:
    """A newer zip, an older one, and the way back."""

    def test_a_newer_one_takes_over_at_the_next_start(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """After an update this process runs the old version and says that a restart is needed."""
        manager = installation.start()
        manager.install([make_zip()])
        (state,) = manager.install([make_zip(version="1.1.0")])
        (now, later) = (manager.load()[1].version, installation.start().load()[1].version)

        assert (True, "1.0.0", "1.1.0") == (state.restart_needed, now, later)

    def test_the_update_hooks_know_the_old_version(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """pre_update comes before the switch, post_update at the next start."""
        manager = installation.start()
        manager.install([make_zip()])
        manager.install([make_zip(version="1.1.0")])
        installation.start()
        old = {"old_version": "1.0.0"}

        assert [("Loyalty", "pre_update", old), ("Loyalty", "post_update", old)] == (
            installation.lifecycle.heard[-2:]
        )

    def test_a_file_that_left_is_gone(self, installation: Installation, make_zip: MakeZip) -> None:
        """A file of the old version that the new one lacks cannot be imported any more."""
        installation.start().install([make_zip(files={"loyalty_points/old.py": b""})])
        installation.start().install([make_zip(version="1.1.0")])
        installation.start()
        folder = Path(str(sys.modules["loyalty_points"].__file__)).parent

        assert not (folder / "old.py").exists()

    def test_a_switch_stays_as_it_was(self, installation: Installation, make_zip: MakeZip) -> None:
        """An enabled extension is enabled after its update."""
        manager = installation.start()
        manager.install([make_zip()])
        manager.enable("Loyalty")
        manager.install([make_zip(version="1.1.0")])

        assert installation.start().enabled("Loyalty")

    def test_a_downgrade_is_refused(self, installation: Installation, make_zip: MakeZip) -> None:
        """An older zip is refused, and the way back is named."""
        manager = installation.start()
        manager.install([make_zip(version="1.10.0")])
        said = _refusal(lambda: manager.install([make_zip(version="1.9.0")]))

        assert (
            "Loyalty: the zip holds version 1.9.0, installed is the newer 1.10.0. "
            "To go back to the version before: xtiger extensions rollback Loyalty"
        ) == said

    def test_another_build_of_the_same_version_is_refused(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """One version has one content."""
        manager = installation.start()
        manager.install([make_zip()])
        other = make_zip(files={"loyalty_points/more.py": b""})

        assert "another build of it" in _refusal(lambda: manager.install([other]))

    def test_rollback_goes_back(self, installation: Installation, make_zip: MakeZip) -> None:
        """After a rollback the next start runs the version before."""
        installation.start().install([make_zip()])
        manager = installation.start()
        manager.install([make_zip(version="1.1.0")])
        installation.start().rollback("Loyalty")

        assert "1.0.0" == installation.start().load()[1].version

    def test_rollback_needs_a_version_before(
        self, installation: Installation, make_zip: MakeZip
    ) -> None:
        """Without an earlier version a rollback is refused."""
        manager = installation.start()
        manager.install([make_zip()])

        assert "no version before" in _refusal(lambda: manager.rollback("Loyalty"))


class TestUninstall:
    """Away again, with or without the data."""

    def test_it_leaves(self, installation: Installation, make_zip: MakeZip) -> None:
        """After uninstall it is not loaded, its folder is gone, its line says removed."""
        manager = installation.start()
        manager.install([make_zip()])
        manager.enable("Loyalty")
        state = manager.uninstall("Loyalty")
        left = list((installation.home / "extensions").glob("Loyalty/*"))

        assert ("removed", False, []) == (state.state, manager.enabled("Loyalty"), left)

    def test_the_hooks_come_in_order(self, installation: Installation, make_zip: MakeZip) -> None:
        """disabled, then pre_uninstall; the data is not asked for."""
        manager = installation.start()
        manager.install([make_zip()])
        manager.enable("Loyalty")
        manager.uninstall("Loyalty")

        assert ["disabled", "pre_uninstall"] == installation.lifecycle.hooks("Loyalty")[-2:]

    def test_it_may_come_back(self, installation: Installation, make_zip: MakeZip) -> None:
        """Installed again it begins as new: post_install, and off."""
        manager = installation.start()
        manager.install([make_zip()])
        manager.uninstall("Loyalty")
        manager.install([make_zip()])

        assert ("installed", 2) == (
            _states(manager)["Loyalty"],
            installation.lifecycle.hooks("Loyalty").count("post_install"),
        )

    def test_purge_writes_the_data_first(
        self, installation: Installation, make_zip: MakeZip, tmp_path: Path
    ) -> None:
        """The export holds the tables, only its owner may read it, and then the data goes."""
        installation.lifecycle.answers["export_data"] = {"points": [{"id": "1", "points": 7}]}
        manager = installation.start()
        manager.install([make_zip()])
        export = tmp_path / "export.json"
        manager.uninstall("Loyalty", purge=True, export_to=export)
        tables = json.loads(export.read_text())["tables"]

        assert ({"points": [{"id": "1", "points": 7}]}, 0o600, "purge_data") == (
            tables,
            export.stat().st_mode & 0o777,
            installation.lifecycle.hooks("Loyalty")[-1],
        )

    def test_purge_never_overwrites(
        self, installation: Installation, make_zip: MakeZip, tmp_path: Path
    ) -> None:
        """Without a new file for the export nothing is removed."""
        manager = installation.start()
        manager.install([make_zip()])
        (tmp_path / "export.json").touch()
        for export in (None, tmp_path / "export.json"):
            _refusal(lambda to=export: manager.uninstall("Loyalty", purge=True, export_to=to))  # type: ignore[misc]

        assert ["post_install"] == installation.lifecycle.hooks("Loyalty")

    def test_the_library_itself_stays(self, installation: Installation) -> None:
        """XTiger cannot be uninstalled here."""
        said = _refusal(lambda: installation.start().uninstall("XTiger"))

        assert said.endswith("Use: pip uninstall xtiger")

    def test_files_of_pip_stay_with_pip(self, installation: Installation) -> None:
        """One of pip's is set aside, stays aside, and its pip command is named."""
        installation.pip(Making(name="PipMade", package="pip_made"))
        manager = installation.start()
        manager.enable("PipMade")
        state = manager.uninstall("PipMade")
        again = [extension.name for extension in installation.start().load()]

        assert ("its files are pip's: pip uninstall pip-made", ["XTiger"]) == (state.reason, again)

    def test_one_of_pip_comes_back_by_enabling(self, installation: Installation) -> None:
        """What was set aside and is still here can be enabled again."""
        installation.pip(Making(name="PipMade", package="pip_made"))
        manager = installation.start()
        manager.enable("PipMade")
        manager.uninstall("PipMade")
        manager.enable("PipMade")

        assert installation.start().enabled("PipMade")
