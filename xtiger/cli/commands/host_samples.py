"""`xtiger host check --sample`: one record of each module as the library sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from xtiger.cli.app import App
from xtiger.model.values import Plain

if TYPE_CHECKING:
    from xtiger.model.records import Field
    from xtiger.services.facts.host_sample import Sample


def show_samples(app: App, samples: Iterable[Sample]) -> None:
    """Print each record: the name of a field, what it means, and its value."""
    for sample in samples:
        if sample.record is None:
            app.say(app.words.sentence("{module}: no record yet.", module=sample.module.name))
            continue
        app.say(f"{sample.module.name} {sample.record.ref.id}")
        _show(app, sample.module.fields, sample.record.values, "  ")
        for number, line in enumerate(sample.record.lines, start=1):
            app.say(f"  {app.words.sentence('Line {number}', number=str(number))}")
            _show(app, sample.module.lines, line, "    ")
        _show_total(app, sample)


def _show(app: App, fields: Iterable[Field], values: Mapping[str, Plain], indent: str) -> None:
    for field in fields:
        value = values.get(field.name)
        shown = "—" if value is None or value == "" else str(value)
        app.say(f"{indent}{field.name:<20} {field.role or '·':<32} {shown}")


def _show_total(app: App, sample: Sample) -> None:
    words, total, own = app.words, str(sample.expected), str(sample.total)
    if sample.expected is None:
        return
    if sample.total is None:
        app.say(f"  {words.sentence('Its lines add up to {total}.', total=total)}")
    elif sample.differs:
        said = words.sentence(
            "Its lines add up to {total}, and the CRM says {own}. Check the fields of the lines.",
            total=total,
            own=own,
        )
        app.say(f"  ▲ {said}")
    else:
        said = words.sentence("Its lines add up to {total}, as the CRM says.", total=total)
        app.say(f"  {said}")
