"""The first sync of a connection, step by step: what is not looked at yet is not carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType

from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import FirstTenNotSeen, NeedsPerson, PlanNotSeen, StartUnanswered
from xtiger.hookspecs import Hold
from xtiger.model import setting_keys
from xtiger.model.connections import Connection
from xtiger.model.plans import Item, Plan
from xtiger.model.start_answers import Stage, StartAnswers
from xtiger.ports.store import SettingStore
from xtiger.rules.causes import cause_of
from xtiger.rules.starting import first_records

#: Stage → why nothing is sent in it.
_WAITING: Mapping[Stage, Callable[[str], NeedsPerson]] = MappingProxyType(
    {"asked": StartUnanswered, "plan": PlanNotSeen, "check": FirstTenNotSeen}
)


@dataclass(frozen=True, slots=True)
class FirstSync:
    """Knows how far the first sync of each connection has come, and keeps runs to it."""

    store: SettingStore

    def answers(self, connection_id: str) -> StartAnswers:
        """The answers of a connection; those of one that was never asked limit nothing."""
        return StartAnswers.of(self.store.setting(setting_keys.start_answers(connection_id)))

    def save(self, connection_id: str, answers: StartAnswers) -> None:
        """Keep the answers of a connection."""
        self.store.save_setting(setting_keys.start_answers(connection_id), answers.plain())

    def is_over(self, connection_id: str) -> bool:
        """Whether all goes: what nobody asked for by hand waits until then."""
        return self.answers(connection_id).stage == "all"

    def require(self, connection: Connection) -> None:
        """Raise StartUnanswered, PlanNotSeen or FirstTenNotSeen where nothing may be sent yet."""
        waiting = _WAITING.get(self.answers(connection.id).stage)
        if waiting is not None:
            raise waiting(connection.name)

    @contextmanager
    def restricted(self, bench: Workbench, plan: Plan) -> Iterator[None]:
        """Let the first run carry out ten records; the next one waits until they were seen.

        That it waits is kept before anything is written, so that a run which is killed in between
        lets no further ten go. One that wrote nothing at all may begin again.
        """
        if not plan.actions or self.answers(bench.connection_id).stage != "ten":
            yield
            return
        before: Callable[[Item], Hold | None] = bench.before_push
        allowed, passed = first_records(plan.items), list[int]()

        def decide(item: Item) -> Hold | None:
            if item.number not in allowed:
                return Hold(cause_of("after_first_ten"))
            passed.append(item.number)
            return before(item)

        self._turn(bench.connection_id, "check")
        bench.before_push = decide
        try:
            yield
        finally:
            bench.before_push = before
            if not passed:
                self._turn(bench.connection_id, "ten")

    def _turn(self, connection_id: str, stage: Stage) -> None:
        """Keep another stage; the answers are those of now."""
        self.save(connection_id, replace(self.answers(connection_id), stage=stage))
