"""The walks of architecture.md are true: each named function is called, in the list's order."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from tests.stories.webhooks.conftest import Told

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
#: A file and the function by which it is entered.
Step = tuple[str, str]
#: Files that one way may take.
LONGEST = 14


def walk(title: str) -> list[Step]:
    """The steps of one walk of the document."""
    part = TEXT.partition(f"**{title}**")[2].partition("**")[0].partition("\n## ")[0]
    return re.findall(r"^\d+\. `([\w/.]+)`: `(\w+)\(\)`", part, re.MULTILINE)


TO_XERO = walk("A saved record, to Xero")
BACK = walk("and back: what Xero answered")
WEBHOOK = walk("A webhook, to the CRM")


def called(action: Callable[[], object]) -> list[Step]:
    """Each call of a function of the library while this is done, in all threads, in order."""
    found: list[Step] = []
    head = f"{ROOT}/"

    def note(frame: FrameType, event: str, _argument: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and name.startswith(f"{head}xtiger/"):
            found.append((name.removeprefix(head), frame.f_code.co_name))

    before = sys.getprofile()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(before)
        threading.setprofile(None)
    return found


def left_out(steps: list[Step], calls: list[Step]) -> list[Step]:
    """The steps from the first one on that does not follow those before it."""
    done = iter(calls)
    for number, step in enumerate(steps):
        if step not in done:
            return steps[number:]
    return []


@pytest.mark.parametrize("steps", [TO_XERO, BACK, WEBHOOK])
def test_a_walk_is_short_and_goes_through_no_file_twice(steps: list[Step]) -> None:
    """At most 14 files one way, and each of them exists."""
    files = [name for name, _function in steps]

    assert (True, []) == (0 < len(files) <= LONGEST, [f for f in files if files.count(f) > 1])
    assert [] == [name for name in files if not (ROOT / name).is_file()]


def test_a_saved_record_goes_to_xero_and_its_answer_comes_back(world: Told) -> None:
    """Each file of both walks is entered by its function, one after the other."""
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    world.sync()

    def save() -> None:
        world.host.edit("Organizations", kea, accountname="Kea Ltd")
        world.wait(5)
        world.xt.tick()

    calls = called(save)

    assert ["Kea Ltd"] == [one["Name"] for one in world.xero("Contacts")]
    assert [] == left_out([*TO_XERO, *BACK], calls)


def test_a_webhook_reaches_the_crm(world: Told) -> None:
    """From Xero's message to the CRM's own transaction."""
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    world.sync()
    world.hear()
    world.sandbox.edit("Contacts", world.xero_id("Organizations", kea), {"Name": "Kea Two"})
    calls = called(world.hear)

    assert ["Kea Two"] == world.names()
    assert [] == left_out(WEBHOOK, calls)
