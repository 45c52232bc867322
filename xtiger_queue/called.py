"""What people call the records of jobs that nobody has looked at yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xtiger.errors import XTigerError
from xtiger.model.records import Module, Record
from xtiger.ports import Context
from xtiger_queue.jobs import Job

#: The fields that name a record, by the end of their role; the first that is filled in counts.
_NAMING = (("name",), ("number",), ("first_name", "last_name"), ("reference",))


def called(context: Context, jobs: Sequence[Job]) -> list[Job]:
    """The jobs with the names that their records have in the CRM, asked for once per module."""
    tenants = {one.id: one.tenant for one in context.connections()}
    wanted: dict[tuple[str, str], list[str]] = {}
    for job in jobs:
        tenant = tenants.get(job.key.connection_id)
        if not job.name and tenant is not None:
            wanted.setdefault((tenant, job.key.module), []).append(job.key.crm_id)
    names = {
        (tenant, module, crm_id): name
        for (tenant, module), ids in wanted.items()
        for crm_id, name in _names(context, tenant, module, ids).items()
    }
    return [
        replace(
            job,
            name=job.name
            or names.get(
                (tenants.get(job.key.connection_id, ""), job.key.module, job.key.crm_id), ""
            ),
        )
        for job in jobs
    ]


def _names(context: Context, tenant: str, module: str, ids: Sequence[str]) -> Mapping[str, str]:
    host = context.host
    with host.tenant(tenant):
        described = next((one for one in host.modules() if one.name == module), None)
        if described is None:
            return {}
        step = max(1, host.caps.max_batch)
        found: dict[str, Record] = {}
        try:
            for start in range(0, len(ids), step):
                found.update(host.get(module, ids[start : start + step]))
        except XTigerError:
            return {}  # a CRM that does not answer must not hide the queue; ids are shown
    return {crm_id: _name(described, record) for crm_id, record in found.items()}


def _name(module: Module, record: Record) -> str:
    for parts in _NAMING:
        fields = [module.by_role(f"{module.role}.{part}") for part in parts]
        texts = [str(record.values.get(field.name) or "") for field in fields if field]
        if any(texts):
            return " ".join(text for text in texts if text)
    return ""
