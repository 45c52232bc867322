"""The cause of a job as it is kept, and its sentences for those who read them."""

from __future__ import annotations

from typing import Any

from xtiger.i18n.failures import without_commands
from xtiger.i18n.language import language
from xtiger.model.plans import Cause, Face
from xtiger.model.runs import Outcome
from xtiger.model.values import from_json, to_json
from xtiger.ports import Context
from xtiger_queue.jobs import Job


def kept(cause: Cause | None) -> str:
    """A cause as text; "" for none."""
    return "" if cause is None else to_json(_plain(cause))


def sentences(context: Context, job: Job, face: Face) -> tuple[str, str]:
    """(what happened and why, what to do next) of a job, as `face` tells it.

    A job of a release that kept no causes has the sentences of then.
    """
    if job.is_on_hold:
        _ = language(context.locale).translate
        cure = _("Press Release.") if face == "browser" else _("Release it: xtiger queue release")
        return _("Somebody put it on hold."), f"{cure} {job.id}" if face != "browser" else cure
    if job.sentence or not job.cause:
        if face == "browser":
            # What stopped its run is kept as the command line says it.
            words = language(context.locale)
            return without_commands(job.sentence, words), without_commands(job.fix, words)
        return job.sentence, job.fix
    key = job.key
    about = Outcome(
        key.connection_id,
        "",
        key.module,
        "",
        key.crm_id,
        None,
        job.name,
        "held",
        cause=_cause(from_json(job.cause)),
    )
    return context.sentence(about, face)


def _plain(cause: Cause) -> dict[str, Any]:
    return {
        "code": cause.code,
        "data": dict(cause.data),
        "also": [_plain(one) for one in cause.also],
    }


def _cause(read: Any) -> Cause:
    return Cause.of_store(read["code"], read["data"], [_cause(one) for one in read["also"]])
