"""Writes a guessed adapter down: one line per field, and in a comment what is unsure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xtiger.hosts.scaffold.fields import FieldGuess, FieldsGuess
from xtiger.hosts.scaffold.guessing import AdapterGuess, ModuleGuess
from xtiger.hosts.scaffold.shapes import Table
from xtiger.model.roles import MODULE_NAMES, ROLES

_UNSURE = "unsure:"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the models come from, and how the adapter reaches them."""

    #: What was looked at, such as mycrm.models.
    title: str
    #: The lines that import the models and the host.
    imports: tuple[str, ...]
    #: What stands before the name of a model, such as "models.".
    prefix: str
    #: The call that makes the host; a comment may follow.
    host: str
    #: The parameters of make_host.
    parameters: str = ""


def written(guess: AdapterGuess, source: Source) -> str:
    """The text of the adapter's file."""
    lines = [
        f'"""Plugs {source.title} into Xero. Guessed: look at each line that says "unsure"."""',
        "",
        *source.imports,
        "",
        f'SITE = "https://crm.example"  # {_UNSURE} where the pages of your CRM are',
        "",
    ]
    for module in guess.modules:
        lines += [*_module(module, source), ""]
    for role in guess.missing:
        lines.append(
            f"# {MODULE_NAMES[role]}: no model looks like one. Leave it out, or declare it."
        )
    names = ", ".join(_variable(module) for module in guess.modules)
    lines += [
        "",
        f"def make_host({source.parameters}):",
        '    """The CRM as XTiger sees it; XTIGER_HOST names this function."""',
        f"    modules = [{names}]",
        f"    return {source.host}",
    ]
    return "\n".join(lines) + "\n"


def unsure_lines(text: str) -> int:
    """How many lines of an adapter a person has to look at."""
    return sum(_UNSURE in line for line in text.splitlines())


def _variable(module: ModuleGuess) -> str:
    return module.name.lower()


def _module(module: ModuleGuess, source: Source) -> Iterator[str]:
    model, table = module.model, module.model.table
    rival = f"; or is it {model.rival}?" if model.rival else ""
    doubt = "" if model.sure else f"{_UNSURE} "
    yield f"# {doubt}{module.name} are {table.name}, by {model.why}{rival}"
    yield f"{_variable(module)} = Module("
    yield f'    "{module.name}", {source.prefix}{table.name}, role="{model.role}",'
    for argument, attr, sure in module.fields.stamps:
        yield f'    {argument}="{attr}",{"" if sure else f"  # {_UNSURE} by its name"}'
    parents = [one.attr for one in module.fields.fields if one.role == "payment.invoice"]
    if parents:
        yield f'    parents=["{parents[0]}"],'
    page = table.name.lower()
    yield f'    url=f"{{SITE}}/{page}/{{{{id}}}}",  # {_UNSURE} the address of a record'
    yield "    fields=["
    yield from _fields(module.fields, "        ")
    yield "    ],"
    if module.lines is not None and model.lines is not None:
        yield from _lines(module, module.lines, model.lines)
    yield ")"


def _lines(module: ModuleGuess, found: FieldsGuess, table: Table) -> Iterator[str]:
    way = module.model.to_lines
    if way is None:
        head = module.model.table.name
        yield f'    # {_UNSURE} {head} has no list of {table.name}: add a relationship "lines".'
    order = "".join(f', order="{attr}"' for name, attr, _ in found.stamps if name == "order")
    yield f'    lines=Lines("{way.name if way else "lines"}"{order}, fields=['
    yield from _fields(found, "        ")
    yield "    ]),"


def _fields(found: FieldsGuess, indent: str) -> Iterator[str]:
    for role in found.missing:
        yield f"{indent}# missing: {role}. {ROLES[role].sentence} Add the field that holds it."
    for one in found.fields:
        yield f"{indent}{_field(one)}"


def _field(one: FieldGuess) -> str:
    if one.role is None:
        return f'# Field("{one.attr}"),  # {_UNSURE} {one.doubt}; give it one, or leave it out'
    parts = [f'"{one.attr}"', f'role="{one.role}"']
    if one.to:
        parts.append(f'ref="{MODULE_NAMES[one.to]}"')
    if one.required:
        parts.append("required=True")
    doubt = f"  # {_UNSURE} {one.doubt}" if one.doubt else ""
    if one.choices:
        doubt = f"  # {_UNSURE} add choices=[...], all its words{_also(one.doubt)}"
    return f"Field({', '.join(parts)}),{doubt}"


def _also(doubt: str) -> str:
    return f"; {doubt}" if doubt else ""
