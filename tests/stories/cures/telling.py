"""How a story is told: the trouble, the record that has it, and typing what the cure says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from tests.world import World
from xtiger.cli.app import App
from xtiger.cli.root import root
from xtiger.model.runs import Outcome
from xtiger.ports.xero import ElementAnswer, WriteRequest
from xtiger.xero.organisations import XeroOrganisation


@dataclass(frozen=True, slots=True)
class Seen:
    """The record whose outcome is looked at: by its CRM id, or by its Xero id."""

    module: str
    crm_id: str | None = None
    xero_id: str | None = None
    #: The trouble is told already: another sync would end it.
    told: bool = False


#: Makes the trouble, yields the record that has it, and then does what the cure says.
Story = Callable[[World], Iterator[Seen]]


@contextmanager
def xero_drops(text: str) -> Iterator[None]:
    """Let Xero store what is sent without this text, as it does with signs that it has not."""
    real = XeroOrganisation.send

    def send(door: XeroOrganisation, request: WriteRequest) -> Sequence[ElementAnswer]:
        return real(door, replace(request, body=request.body.replace(text.encode(), b"")))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(XeroOrganisation, "send", send)
        yield


def outcome_of(world: World, seen: Seen) -> Outcome:
    """The newest outcome of the record."""
    found = world.xt.sync.outcomes(module=seen.module, crm_id=seen.crm_id, limit=10_000)
    return next(one for one in found if seen.crm_id is not None or one.xero_id == seen.xero_id)


def code_now(world: World, seen: Seen) -> str:
    """The code of its newest outcome, "" for none."""
    cause = outcome_of(world, seen).cause
    return cause.code if cause is not None else ""


def type_cure(world: World, seen: Seen, **values: str) -> None:
    """Type the command that the cure names in a terminal, with words in capitals filled in."""
    outcome = outcome_of(world, seen)
    _said, fix = world.xt.sentences.cause(outcome.cause, "command", outcome)
    found = re.search(r"xtiger (.+?)(\. [A-Z]|\.?$)", fix)
    assert found is not None, f"no command in {fix!r}"
    words = [values.get(word, word) for word in shlex.split(found[1])]
    enter(world, *words)


def enter(world: World, *words: str) -> None:
    """Type a command on the world's library."""
    app = App({"XTIGER_HOME": str(world.xt.settings.home)})
    app._opened = world.xt
    root.main(list(words), prog_name="xtiger", standalone_mode=False, obj=app)
