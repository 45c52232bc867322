"""Every fault of a bad day and a process killed on top: the right set on both sides, once."""

from __future__ import annotations

import copy
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest

from tests.stories.faults.books import Books
from tests.stories.faults.troubles import TROUBLES, Trouble
from tests.stories.kills.child import POINTS
from tests.stories.kills.stage import Stage, Start
from tests.world import World
from tests.xero.test_secrets import Secrets
from xtiger.errors import NeedsPerson, RetryLater
from xtiger.sandbox import Request, Response

#: Kills per fault, and invoices; 10 and 500 in `make soak`.
KILLS = int(os.environ.get("XTIGER_FAULT_KILLS", "1"))
INVOICES = int(os.environ.get("XTIGER_FAULT_INVOICES", "60"))
#: A file that gets one line of JSON per fault: what was played.
REPORT = os.environ.get("XTIGER_FAULT_REPORT", "")
#: After a kill: Xero still knows the key, and it does not any more.
WAITS = (310, 420)
#: Syncs that a story may need until it is at rest, beside its kills.
MOST = 6
#: A process may be through, be killed, or end with an error that says what to do next.
ENDS = (0, -signal.SIGKILL, RetryLater.exit_code, NeedsPerson.exit_code)


@dataclass
class Town:
    """Where the stories begin: connected, and full of work that no sync has seen."""

    start: Start
    books: Books
    secrets: Secrets


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    books, secrets = Books(), Secrets()

    def set_up(world: World) -> None:
        world.sandbox.observers.append(secrets)
        world.connect()
        world.default_account()
        books.enter(world, "A", INVOICES)

    home = tmp_path_factory.mktemp("town")
    with closing(Start(home, set_up)) as start:
        secrets.found.add((home / "secret.key").read_text(encoding="utf-8").strip())
        yield Town(start, books, secrets)


@dataclass
class Story:
    """One fault, so many kills, and syncs until all is at rest."""

    stage: Stage
    books: Books
    trouble: Trouble
    #: Tells the faults apart, so that each begins at another place and another point.
    number: int
    codes: list[int] = field(default_factory=list)

    def play(self) -> None:
        """Sync under the fault and die, again and again; then sync until nothing is left to do."""
        attempts = count(self.number)
        for kill in range(KILLS):
            self._meanwhile(kill)
            self.trouble.arm(self.stage.sandbox, self.number + kill)
            while -signal.SIGKILL != self._sync(next(attempts)):
                assert len(self.codes) < MOST * KILLS, "no point is reached any more"
        while not self._at_rest():
            assert len(self.codes) < (MOST + 1) * KILLS + MOST, "it does not come to rest"
            self._ask_again()

    def _meanwhile(self, kill: int) -> None:
        """People work on."""
        if kill:
            with self.stage.world() as world:
                self.books.go_on(world, kill, KILLS)

    def _sync(self, attempt: int | None) -> int:
        """One process; `attempt` chooses where it is killed, None lets it live."""
        names = list(POINTS)
        point = "" if attempt is None else names[attempt % len(names)]
        # At first at the first call of a point: what a later one is met with may be done by then.
        passes = 0 if attempt is None else (attempt - self.number) // len(names) % 3
        code = self.stage.run(point, passes=passes)
        self.codes.append(code)
        # A request under way at Xero ends within seconds, and minutes pass before the next sync.
        time.sleep(self.trouble.options.get("seconds", 0))
        assert code in ENDS, self.stage.output()[-5_000:]
        if code == NeedsPerson.exit_code:
            self._reconnect()
        # The longest that a limit asks for is an hour.
        waits = 3_700 if code == RetryLater.exit_code else WAITS[len(self.codes) % 2]
        self.stage.clock.sleep(waits)
        return code

    def _ask_again(self) -> None:
        """A person asks for what Xero refused: without that, nothing is sent a second time."""
        with self.stage.world() as world:
            refused: dict[str, list[str]] = {}
            for item in world.plan().items:
                if item.cause is not None and item.cause.code == "xero_refused" and item.crm_id:
                    refused.setdefault(item.module, []).append(item.crm_id)
            for module, ids in refused.items():
                world.xt.sync.records(module, ids)

    def _reconnect(self) -> None:
        with self.stage.world() as world:
            if world.xt.connections.all()[0].state == "ended":
                world.connect()

    def _at_rest(self) -> bool:
        if self._sync(None):
            return False
        # What waits for a call that is not made any more must not strike the checks.
        self.stage.sandbox.faults.clear()
        with self.stage.world() as world:
            plan = world.plan()
            return not plan.actions and not any(item.cause for item in plan.items)


def strikes(stage: Stage, trouble: Trouble) -> int:
    """How often the fault struck, by the sandbox's own list."""
    return len([call for call in stage.sandbox.calls() if call.fault == trouble.kind])


@contextmanager
def taken_meanwhile(stage: Stage) -> Iterator[None]:
    """After each of our reads somebody makes an item of a code that we are about to create."""
    codes = (f"A-{number}" for number in count())

    def watch(request: Request, _response: Response) -> None:
        if request.method == "GET" and request.path.endswith("/Items"):
            code = next(codes)
            with suppress(ValueError):  # ours was quicker
                stage.sandbox.add("Items", {"Code": code, "Name": f"Thing {code}"})

    stage.sandbox.observers.append(watch)
    try:
        yield
    finally:
        stage.sandbox.observers.remove(watch)


def told(world: World, stage: Stage) -> str:
    """What our own log, the runs and the records say."""
    causes = [one.cause for one in world.xt.sync.outcomes(limit=100_000) if one.cause]
    spoken = [f"{cause.code} {cause.data} {world.xt.sentences.cause(cause)}" for cause in causes]
    runs = [f"{run.state} {run.error}" for run in world.xt.sync.runs(1_000)]
    lines = [line for line in stage.output().splitlines() if ":xtiger" in line]
    return "\n".join([*lines, *runs, *spoken])


def statuses(stage: Stage, world: World) -> set[int | None]:
    """The statuses in the call log."""
    with world.xt.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT DISTINCT http_status FROM xt_call")
        return {row[0] for row in rows}


@pytest.mark.slow
@pytest.mark.parametrize("name", TROUBLES)
def test_a_fault_and_a_kill_leave_the_right_set_on_both_sides(
    town: Town, tmp_path: Path, name: str
) -> None:
    """Nothing twice or missing, to the cent; the log names the fault and holds no secret."""
    trouble = TROUBLES[name]
    stage = town.start.stage(tmp_path)
    stage.orders = replace(
        stage.orders, debug=True, patience=trouble.patience, summarised=trouble.summarised
    )
    story = Story(stage, copy.deepcopy(town.books), trouble, list(TROUBLES).index(name))
    with taken_meanwhile(stage) if trouble.taken else nullcontext():
        story.play()

    with stage.world() as world:
        said = told(world, stage)
        assert {} == story.books.wrongs(world)
        assert [] == world.xt.proof.differences()
        assert strikes(stage, trouble) >= 1
        assert not trouble.told or [word for word in trouble.told if word in said]
        assert trouble.status == 0 or trouble.status in statuses(stage, world)
    kills = story.codes.count(-signal.SIGKILL)
    assert KILLS == kills
    assert [] == found_secrets(town.secrets, stage, said)
    _report(name, story, kills)


def found_secrets(secrets: Secrets, stage: Stage, said: str) -> list[tuple[str, str]]:
    """Where something secret is left: in output, errors, or any file but that of the keys."""
    places = {"output": said}
    for file in stage.home.iterdir():
        if file.name not in ("secret.key", "orders.json"):
            places[file.name] = file.read_bytes().decode("latin-1")
    hidden = {*secrets.found, stage.orders.client_secret}
    assert len(hidden) > 5
    return [(name, s[:4]) for name, text in places.items() for s in hidden if s in text]


def _report(name: str, story: Story, kills: int) -> None:
    if not REPORT:
        return
    sandbox = story.stage.sandbox
    line = {
        "fault": name,
        "strikes": strikes(story.stage, story.trouble),
        "kills": kills,
        "codes": {str(c): story.codes.count(c) for c in sorted(set(story.codes))},
        "syncs": len(story.codes),
        "invoices": len(story.books.invoices),
        "payments": len(story.books.payments),
        "calls": len(sandbox.calls()),
    }
    with Path(REPORT).open("a", encoding="utf-8") as file:
        print(json.dumps(line), file=file)
