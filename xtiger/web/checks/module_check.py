"""What the page of a module says of its mapping: what cannot work, and records as they would go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xtiger.errors import XTigerError
from xtiger.i18n.failures import spoken_error
from xtiger.model.records import Ref
from xtiger.services.facts.sample_rows import SampleRow, line_columns, sample_rows

if TYPE_CHECKING:
    from xtiger.engine.plan.preview import Previewed
    from xtiger.mapping.lint.finding import Finding
    from xtiger.model.connections import Connection
    from xtiger.web.site import Site

#: Records that a page looks at: it is to be there at once, from a CRM behind a network too.
LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class _Said:
    """A finding in words."""

    severity: str
    #: The option as the form calls it; "" where the sentence names the field.
    field: str
    sentence: str
    cure: str
    #: The records that wait for it; "" for none.
    records: str


@dataclass(frozen=True, slots=True)
class _Sample:
    """A record in words."""

    name: str
    result: str
    why: str
    #: (row, why its value cannot be sent).
    rows: Sequence[tuple[SampleRow, str]]
    #: Heads of the cells of the lines, then the lines; empty for none.
    lines: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the page shows; `trouble` says why records could not be read."""

    findings: Sequence[_Said]
    samples: Sequence[_Sample]
    looked_at: int = 0
    trouble: str = ""


def checked(site: Site, module: str, connection: Connection) -> Checked:
    """What was found in a module, in the reader's language."""
    mappings, trouble = site.xt.mappings, ""
    try:
        found = mappings.check(module, connection.id, records=LOOKED_AT)
    except XTigerError as error:
        trouble = spoken_error(error, site.words, "browser")
        found = mappings.check(module, connection.id, records=0)
    return Checked(
        [_said(site, one) for each in found for one in each.findings],
        [
            _sample(site, one)
            for each in found
            for one in each.samples
            if one.item.crm_id and site.may_use(Ref(module, one.item.crm_id))
        ],
        sum(one.looked_at for one in found),
        trouble,
    )


def _said(site: Site, one: Finding) -> _Said:
    said, cure = site.xt.sentences.finding(one, "browser")
    names = ", ".join(one.records)
    more = one.count - len(one.records)
    if more > 0:
        names += site.words.sentence(" and {count} more", count=site.words.number(more))
    field = ""
    if one.setting and one.field:
        field = f"{site.words.translate(one.field)} {one.values.get('word', '')}".strip()
    return _Said(one.severity, field[:1].upper() + field[1:], said, cure, names)


def _sample(site: Site, one: Previewed) -> _Sample:
    sentences = site.xt.sentences
    return _Sample(
        one.item.name,
        one.item.result,
        sentences.cause(one.item.cause, "browser", one.item)[0],
        [(row, sentences.cause(row.cause, "browser")[0]) for row in sample_rows(one)],
        line_columns(one),
    )
