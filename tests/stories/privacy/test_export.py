"""All that is kept of one person comes out as one file, and nothing of anybody else."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ended
from tests.commands import commands_on
from tests.stories.privacy.conftest import MAIL, NAME, PHONE
from tests.stories.sync.people import organisation
from tests.world import World
from xtiger.errors import NeedsPerson
from xtiger.model.proving.signed import SignedProof, read_signed
from xtiger.model.records import Ref


@pytest.fixture
def typed(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Types commands on the world."""
    return commands_on(world, monkeypatch, capsys)


@pytest.mark.parametrize("meant", [MAIL.upper(), NAME, "Organizations:1", "1", "hinemoa"])
def test_a_person_is_found_by_mail_id_and_name(world: World, meant: str) -> None:
    """Both records of it are one person, whatever it is asked for by."""
    found = world.xt.privacy.find(meant)
    xero = world.xero_id("Organizations", "1")

    assert [NAME] == [one.name for one in found]
    assert ["Organizations:1", f"Contact:{xero}"] == [one.address for one in found[0].places]
    assert {NAME, MAIL, PHONE} <= set(found[0].texts)
    assert found == world.xt.privacy.find(xero)


def test_the_export_holds_every_row_and_nobody_else(world: World) -> None:
    """Copies of both sides, what was agreed on, and the log; the other customer is in none."""
    signed = world.xt.privacy.export(MAIL)
    text = signed.text()

    tables = signed.proof["tables"]
    assert {"xt_shadow", "xt_base", "xt_link", "xt_outcome"} <= set(tables)
    assert ["crm", "xero"] == sorted(row["side"] for row in tables["xt_shadow"])
    assert [NAME] == [row["name"] for row in tables["xt_outcome"]]
    assert all(word in text for word in (NAME, MAIL, "9876"))
    assert "aroha" not in text.lower()


def test_several_are_asked_about_and_nobody_is_said_so(world: World) -> None:
    """A name of two leads to both addresses; a stranger to nothing."""
    second = organisation(world, NAME, email1="other@tawhaki.example")
    world.sync()

    with pytest.raises(NeedsPerson, match=f"Organizations:1 .*Organizations:{second}"):
        world.xt.privacy.export("Hinemoa")
    with pytest.raises(NeedsPerson, match="Nothing is stored"):
        world.xt.privacy.export("nobody@nowhere.example")
    assert ["Organizations:1"] == [one.address for one in world.xt.privacy.find(MAIL)]


def test_the_file_is_private_and_a_changed_one_is_found(
    world: World, typed: Callable[..., Ended], tmp_path: Path
) -> None:
    """Only its owner reads it; one letter that was changed in it is found by verify."""
    file, changed = tmp_path / "person.json", tmp_path / "changed.json"
    written = typed("privacy", "export", MAIL, "--to", str(file))
    changed.write_text(file.read_text("utf-8").replace("9876", "9877"), "utf-8")
    kept, other = typed("verify", str(file)), typed("verify", str(changed), "--json")
    again = typed("privacy", "export", MAIL, "--to", str(file))

    assert (0, 0o600) == (written.code, stat.S_IMODE(file.stat().st_mode))
    assert (0, "✓ This is what was signed.") == (kept.code, kept.out.splitlines()[0])
    assert "changed" == json.loads(other.out)["verdict"]
    assert other.code != 0
    assert again.code != 0, "a file that is there stays"
    signed = read_signed(file.read_text("utf-8"))
    assert isinstance(signed, SignedProof)
    assert "export" == signed.part


def test_what_is_stored_and_for_how_long_is_one_list(
    world: World, typed: Callable[..., Ended]
) -> None:
    """The log by its settings, undo, copies, mails, and what the queue adds, on or off."""
    world.xt.extensions.enable("XTQueue")
    world.xt.extensions.disable("XTQueue")
    shown, rows = typed("privacy"), json.loads(typed("privacy", "--json").out)["kept"]

    days = {(row["what"][:7], row["result"]): row["days"] for row in rows}
    assert (90, 365) == (days["The log", ""], days["The log", "failed"])
    assert 7 == days["What th", ""], "what the queue keeps of what it carried out"
    assert all(row["days"] or row["until"] for row in rows)
    assert "How long" in shown.out


def test_a_person_is_found_by_a_command(world: World, typed: Callable[..., Ended]) -> None:
    """By a part of the name, with the addresses of all records."""
    found = json.loads(typed("privacy", "find", "tāwh", "--json").out)["persons"]
    none = typed("privacy", "find", "nobody")

    assert [NAME] == [one["name"] for one in found]
    assert "Organizations:1" in found[0]["records"]
    assert (0, "Nothing is stored of such a person.\n") == (none.code, none.out)


def test_what_the_queue_keeps_of_a_person_is_in_the_export(world: World) -> None:
    """A record that waits, by its id, though nothing of it was sent yet; and while it is off."""
    world.xt.extensions.enable("XTQueue")
    world.xt.panels.press("queue", [Ref("Organizations", "1")])
    world.xt.extensions.disable("XTQueue")

    tables = world.xt.privacy.export(MAIL).proof["tables"]
    assert ["1"] == [row["crm_id"] for row in tables["xt_queue_job"]]
