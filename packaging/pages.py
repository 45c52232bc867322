"""Writes the pages of docs/ that are made from the code: hooks, outcomes, mappings …

Run `python packaging/pages.py` after a change; a test compares the pages with what it writes.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("What", "When", "Arguments", "Return", "Used by")
_MARK = "feature"


def hook_functions() -> Iterator[tuple[str, Callable[..., object]]]:
    """Every hook specification in the order of the file."""
    from xtiger import hookspecs

    for name, value in vars(hookspecs).items():
        if inspect.isfunction(value) and hasattr(value, "xtiger_spec"):
            yield name, value


def hook_parts(docstring: str) -> dict[str, str]:
    """The five parts of a hook's docstring, each as one line of text."""
    found: dict[str, str] = {}
    current = ""
    for line in inspect.cleandoc(docstring).splitlines():
        head, colon, rest = line.partition(":")
        if colon and head in PARTS:
            current = head
            found[current] = rest.strip()
        elif current:
            found[current] = f"{found[current]} {line.strip()}".strip()
    return found


def signature(name: str, function: Callable[..., object]) -> str:
    """The hook's signature as one writes it."""
    shown = str(inspect.signature(function)).replace("'", "")
    return f"{name}{shown}"


def hooks_page() -> str:
    """docs/hooks.md."""
    lines = [
        "# Hooks",
        "",
        "Everything that a host calls and an extension may add. An extension is one module with",
        "`EXTENSION = ExtensionInfo(...)` and functions marked `@hookimpl`; an implementation may",
        "take fewer arguments than listed. *strict*: an error stops the caller and names the",
        "extension. *robust*: an error becomes a visible box, the rest goes on. The core is called",
        "first, then by name; an extension that is disabled for a connection is not called.",
        "",
        "This page is made from `xtiger/hookspecs.py` by `python packaging/pages.py`.",
    ]
    for name, function in hook_functions():
        parts = hook_parts(function.__doc__ or "")
        lines += ["", f"## {name}", "", "```python", signature(name, function), "```", ""]
        lines += [f"- **{part}**: {parts[part]}" for part in PARTS]
    return "\n".join(lines) + "\n"


def outcomes_page() -> str:
    """docs/outcomes.md."""
    from xtiger.model.plans import Face
    from xtiger.rules.catalogue import CATALOGUE
    from xtiger.rules.entries.entry import alike

    lines = [
        "# Outcomes",
        "",
        "Each record ends a run in exactly one outcome. When it is not in step, the outcome has a",
        "code of this list, the sentence that people read, and what to do next. What to do is told",
        "for whoever reads it: in a terminal (command), in a browser (panel and pages), or as data",
        "(API, JSON, mail, files); one sentence stands for all three where they are alike.",
        "",
        "This page is made from `xtiger/rules/catalogue.py` by `python packaging/pages.py`.",
        "",
        "| code | result | what people read | what to do |",
        "|---|---|---|---|",
    ]
    for entry in CATALOGUE.values():
        cures = entry.cures
        told = [f"**{face}**: {cures.on(face)}" for face in get_args(Face)]
        todo = cures.data if cures == alike(cures.data) else "<br>".join(told)
        cells = (f"`{entry.code}`", entry.result, entry.sentence, todo)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def problems_page() -> str:
    """docs/problems.md."""
    sys.path.insert(0, str(ROOT / "packaging"))
    # Beside this file, which a test loads from its path.
    cards = importlib.import_module("problem_cards").cards

    return "\n".join(cards()) + "\n"


def feature_tests(root: Path = ROOT) -> Mapping[str, list[str]]:
    """Feature id → tests that carry its mark, as path::name, sorted."""
    found: dict[str, list[str]] = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                for feature in _marks(node):
                    place = f"{path.relative_to(root).as_posix()}::{node.name}"
                    found.setdefault(feature, []).append(place)
    return {feature: sorted(set(found[feature])) for feature in sorted(found, key=_feature_order)}


#: Who uses a feature in a test → the names in its function that say so.
FACES: Mapping[str, frozenset[str]] = {
    "page": frozenset({"browser", "browser_of", "client", "page"}),
    "command line": frozenset({"config", "typed", "xtiger", "run"}),
    "Python": frozenset({"xt", "synced", "sync", "host"}),
}
#: Folder of tests → who uses what they show, whatever names stand in them.
FOLDERS: Mapping[str, str] = {
    "tests/web/": "page",
    "tests/browser/": "page",
    "tests/demo/": "page",
    "tests/cli/": "command line",
}


def feature_faces(root: Path = ROOT) -> Mapping[str, list[str]]:
    """Feature id → who uses it in its tests: on a page, at the command line, from Python."""
    found: dict[str, set[str]] = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        place = path.relative_to(root).as_posix()
        own = {face for folder, face in FOLDERS.items() if place.startswith(folder)}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                for feature in _marks(node):
                    found.setdefault(feature, set()).update(own or _faces_of(node))
    return {
        feature: [face for face in FACES if face in found[feature]]
        for feature in sorted(found, key=_feature_order)
    }


def _faces_of(node: ast.FunctionDef | ast.ClassDef) -> set[str]:
    """Who uses what a test shows, by what it names and calls; whom nothing names uses Python."""
    inside = list(ast.walk(node))
    calls = (one.func for one in inside if isinstance(one, ast.Call))
    by_face = {
        "page": {one.id for one in inside if isinstance(one, ast.Name)},
        "command line": {one.id for one in calls if isinstance(one, ast.Name)},
        "Python": {one.attr for one in inside if isinstance(one, ast.Attribute)},
    }
    return {face for face, names in FACES.items() if names & by_face[face]} or {"Python"}


def _feature_order(feature: str) -> tuple[str, int]:
    return feature[0], int(feature[1:])


def _marks(node: ast.FunctionDef | ast.ClassDef) -> Iterator[str]:
    for decorator in node.decorator_list:
        if (
            isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Attribute)
            and decorator.func.attr == _MARK
        ):
            for argument in decorator.args:
                if isinstance(argument, ast.Constant) and re.fullmatch(
                    r"[FO]\d{1,3}", str(argument.value)
                ):
                    yield str(argument.value)


def features_page() -> str:
    """docs/features.md."""
    lines = [
        "# Features shown by tests",
        "",
        "A row stands here when a test observes the feature end to end, as its user would see it:",
        "on a page, at the command line, from Python.",
        "",
        "This page is made from the marks of the tests by `python packaging/pages.py`.",
        "",
        "| feature | used | shown by |",
        "|---|---|---|",
    ]
    faces = feature_faces()
    for feature, tests in feature_tests().items():
        shown = "<br>".join(f"`{test}`" for test in tests)
        lines.append(f"| {feature} | {', '.join(faces[feature])} | {shown} |")
    return "\n".join(lines) + "\n"


def statuses_page() -> str:
    """docs/statuses.md."""
    from xtiger.mapping.changeable import STAGES, cell_may_change, head_may_change
    from xtiger.mapping.xero_fields import XERO_FIELDS
    from xtiger.rules.line_merge import CELLS

    heads = {field.label: path for path, field in XERO_FIELDS["Invoice"].items()}
    heads["Exchange rate"] = "CurrencyRate"
    lines = [
        *_words_to_xero(),
        *_words_to_crm(),
        "",
        "## What may change in which status",
        "",
        "Which value of an invoice Xero still takes, by its status there. A change that it would",
        "not take is held and never reverted: an invoice with money on it comes with the proposal",
        "of a credit note. Money received and credits are Xero's in every status: they only come",
        "in.",
        "",
        "| field | draft, submitted | approved | part paid, paid | voided, deleted |",
        "|---|---|---|---|---|",
    ]
    lines += [
        _stages(label, [head_may_change(path, stage) for stage in STAGES])
        for label, path in heads.items()
    ]
    lines += [
        _stages(f"Line: {cell}", [cell_may_change(cell, stage) for stage in STAGES])
        for cell in CELLS
    ]
    whole = [cell_may_change("", stage) for stage in STAGES]
    lines.append(_stages("Lines added, removed or moved", whole))
    return "\n".join(lines) + "\n"


def _words_to_xero() -> list[str]:
    """What the words of a CRM mean in Xero."""
    from xtiger.rules.status_words import SAID, sent_as

    sent = {said: sent_as(words.split(", ")[0]) for said, words in SAID.items()}
    sent["CREDIT"] = "a credit note, where *credit_notes* is on or a person says so"
    sent["VOIDED"] = "VOIDED, or DELETED for a draft; only where deletes in Xero are allowed"
    return [
        "# Statuses of invoices",
        "",
        "A CRM has its own words for what becomes of an invoice, and Xero has few. Give the",
        "field of your status the role `invoice.status` ([host.md](host.md)); the rest is",
        "read from its words. This page is made from the code by `python packaging/pages.py`.",
        "",
        "## From the CRM to Xero",
        "",
        "Words are known in English, German, French, Spanish, Italian, Dutch and Portuguese;",
        "case, accents, blanks and dashes do not count. Money is Xero's: a word that says",
        "*paid* sends an approved invoice and invents no payment.",
        "",
        "| says | words | sent as |",
        "|---|---|---|",
        *(f"| {said} | {words} | {sent[said]} |" for said, words in SAID.items()),
        "",
        "An invoice in any other status waits as `status_unknown` until the word is mapped.",
        "One step maps all unknown words by what is nearest, one by one is a choice on the",
        "page *Needs you*:",
        "",
        "```",
        "xtiger mapping statuses Invoices            # each unknown word once, with a proposal",
        "xtiger mapping statuses Invoices --accept   # takes the proposals",
        "xtiger mapping set Invoices status:Ready AUTHORISED",
        "```",
        "",
        "Where invoices arrive as drafts, approved ones go as DRAFT until a person releases",
        "approving. The field with the role `xtiger.status`, *Xero Status*, says on one",
        "record what is sent; it goes before the CRM's own word.",
        "",
    ]


def _words_to_crm() -> list[str]:
    """What Xero's words become in a CRM."""
    from xtiger.rules.invoice_status import CRM_WORDS

    return [
        "## From Xero into the CRM",
        "",
        "The first of these words that the pick list of the CRM has, in its own spelling or",
        "language; none of them leaves the CRM's status as it is. A field that is not",
        "writable is left alone.",
        "",
        "| Xero says | words of the CRM |",
        "|---|---|",
        *(f"| {word} | {', '.join(texts)} |" for word, texts in CRM_WORDS.items()),
        "",
        "SENT, PART_PAID and PAID are approved invoices that were sent, or have money on",
        "them. Another word is chosen so, or on the page *Modules*:",
        "",
        "```",
        "xtiger mapping set Invoices from_xero:PAID Settled",
        "```",
        "",
        "The status travels to the side on which it did not change. Changed on both to two",
        "meanings it is a conflict for a person.",
    ]


def _stages(label: str, answers: Sequence[bool]) -> str:
    return "| " + " | ".join([label, *("yes" if one else "no" for one in answers)]) + " |"


def mapping_page() -> str:
    """docs/mapping.md."""
    lines = [
        "# Mappings",
        "",
        "Which field of the CRM is which field of Xero, and what an option of a module may be.",
        "`xtiger mapping show MODULE` shows the one in force, `xtiger mapping check` says what of",
        "it cannot work before anything is written, and so does the page of each module below",
        "Modules: with what mends it, and with records as they would be sent.",
        "",
        "This page is made from `xtiger/mapping/option_specs.py`, `xtiger/mapping/xero_fields.py`,",
        "`xtiger/mapping/lint/field_types.py` and `xtiger/mapping/lint/finding.py` by",
        "`python packaging/pages.py`.",
        *_EDITING,
        *_options(),
        *_field_types(),
        *_findings(),
    ]
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


#: What is said of rows and versions.
_EDITING = """
## Rows

A mapping begins with the usual rows, and with a row for each other field of the CRM whose name or
label is that of a field of Xero and whose type fits; two that match one are left to a person. A
field that is added later is proposed on the page *Change the fields* of the module and by
`xtiger mapping match MODULE`.

There, or by `xtiger mapping map` and `unmap`, a field that your people added to the CRM is mapped
to any free field of Xero: both ways or one, only in new records, kept where it is empty, or changed
by a converter. Accounts and taxes of products are rows like the others; those of lines are options.

The part number of a product is the code of Xero's item, and its name the name. Books in which the
name is the code are kept so with the choice *Part number and name*, or by
`xtiger mapping names-as-codes Products on`.

## Versions

Whatever is saved is a new version, with who saved it and when. The page *Versions* of a module and
`xtiger mapping versions MODULE` show what each changed. A return to an older one is a new version
itself, so that nothing is lost, and the next sync looks at all records of the module again.
""".splitlines()


def _options() -> Iterator[str]:
    from xtiger.mapping.option_specs import options_of
    from xtiger.model.roles import MODULE_NAMES

    yield from ("", "## Options", "")
    yield "Set by `xtiger mapping set MODULE OPTION VALUE` or on the page of the module; an empty"
    yield "value takes an option away."
    for role, module in MODULE_NAMES.items():
        yield from ("", f"### {module}", "", "| option | value | meaning |", "|---|---|---|")
        yield from (
            _row(f"`{spec.typed}`", spec.value, spec.explained) for spec in options_of(role)
        )


def _field_types() -> Iterator[str]:
    from xtiger.mapping.lint.field_types import FIELD_TYPES, fit
    from xtiger.mapping.xero_fields import XERO_FIELDS

    yield from ("", "## What may be mapped to what", "")
    yield "By the type of the CRM's field, as its adapter describes it; a row with a converter may"
    yield "join any two. A field that Xero lets nobody write only comes in."
    for kind, fields in XERO_FIELDS.items():
        yield from ("", f"### {kind}", "")
        yield "| field of Xero | both ways | to Xero only | longest | |"
        yield "|---|---|---|---|---|"
        for path, field in fields.items():
            both = [one for one in FIELD_TYPES if fit(field.type, one) == "both"]
            out = [one for one in FIELD_TYPES if fit(field.type, one) == "to_xero"]
            notes = ["must be filled"] if field.required else []
            notes += [] if field.writable else ["only comes in"]
            longest = str(field.max_length or "")
            shown = f"{field.label} (`{path}`)"
            yield _row(shown, ", ".join(both), ", ".join(out), longest, ", ".join(notes))


def _findings() -> Iterator[str]:
    from xtiger.mapping.lint.finding import FINDINGS

    yield from ("", "## What a check finds", "")
    yield "*error*: it cannot work; *warning*: some records will wait; *note*: it may come to that."
    yield "Beside these it names each reason of [outcomes](outcomes.md) that records wait for."
    yield from ("", "| code | severity | what people read | what to do |", "|---|---|---|---|")
    for code, entry in FINDINGS.items():
        said = entry.sentence or "in words of its own"
        refused = " (not saved)" if entry.refused else ""
        yield _row(f"`{code}`", entry.severity + refused, said, entry.cures.data)


#: Page → what writes it.
PAGES: Mapping[str, Callable[[], str]] = {
    "docs/hooks.md": hooks_page,
    "docs/outcomes.md": outcomes_page,
    "docs/problems.md": problems_page,
    "docs/features.md": features_page,
    "docs/statuses.md": statuses_page,
    "docs/mapping.md": mapping_page,
}


def main() -> None:
    """Write all pages."""
    sys.path.insert(0, str(ROOT))
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), encoding="utf-8")
        print(textwrap.shorten(name, 60))


if __name__ == "__main__":
    main()
