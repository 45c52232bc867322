"""How the records of one kind are planned: what pairs them, and what judges each pairing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xtiger.engine.pair.pairing import Pairer
from xtiger.engine.pair.selection import Selection
from xtiger.engine.plan.kind_judge import KindJudge
from xtiger.engine.plan.plan_state import PlanState
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench


@dataclass(frozen=True, slots=True)
class PlannedKind:
    """The two parts that a kind has of its own in a plan."""

    pairer: Callable[[PlanState, Workbench, Scope], Pairer]
    judge: Callable[[PlanState, Workbench, Scope, Pairer, Selection], KindJudge]


#: The parts for one module, or for its records without parent.
PlannedKinds = Callable[[Scope], PlannedKind]
