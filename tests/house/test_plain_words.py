"""Plain English: words that are out stand nowhere, and each word of ours has one meaning."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from pathlib import Path

from tests.house.source import PACKAGES, ROOT, name_of, python_files

#: A word that is out → what an engineer writes in its place.
OUT = {
    r"afresh": "again, fresh",
    r"whoever": "anyone who, the person who",
    r"let(?:s|ting)? go": "release",
    r"by itself": "alone, without being asked",
    r"wish(?:es|ed)?": "request",
    r"told": "reported, named; of webhooks it stays",
    r"hear[sd]?": "is called with, receives",
    r"no more": "no longer",
}
#: A function returns; only Xero, the sandbox, a server or a person answers.
ANSWERS = re.compile(r"(?:^|[;,.:] |\band )[Aa]nswers? (?:the|what|how|why|whether|a|an|its|all)\b")
#: Where a word that is out means something else and stays, in small letters.
ALLOWED = (
    "told apart",
    "be told from",
    "takes no more",
    "counts no more than",
    "webhooks told",
    "told by a webhook",
    # A sentence and a column of earlier releases, as the store has them.
    "told tenants apart",
    "wished at",
)
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


def _texts(path: Path) -> str:
    """What people read of a file: all of a document; of code its names, comments and texts."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    kinds = (tokenize.STRING, tokenize.COMMENT, tokenize.NAME)
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return "\n".join(one.string.replace("_", " ") for one in tokens if one.type in kinds)


def _found(path: Path) -> int:
    text = " ".join(_texts(path).lower().split())
    for allowed in ALLOWED:
        text = text.replace(allowed, "")
    count = sum(len(re.findall(rf"\b{word}\b", text)) for word in OUT)
    if path.suffix == ".py":
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        count += sum(
            len(ANSWERS.findall(ast.get_docstring(node) or ""))
            for node in nodes
            if isinstance(node, kinds)
        )
    return count


def _place(path: Path) -> str:
    """The room of a file of code, so that files may move in it; a document is its own place."""
    parts = name_of(path).split("/")
    return "/".join(parts[:2]) if path.suffix == ".py" else name_of(path)


def _used() -> Counter[str]:
    """Place → how many words that are out stand in it."""
    ours = [path for path in python_files() if name_of(path).split("/")[0] in PACKAGES]
    documents = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    # The glossary names them, and pages made from code are cleaned where they are made.
    made = {"glossary.md", "changelog.md", "outcomes.md", "problems.md", "features.md"}
    paths = [*ours, *(path for path in documents if path.name not in made)]
    found: Counter[str] = Counter()
    for path in paths:
        found[_place(path)] += _found(path)
    return +found


def test_no_word_that_is_out_is_used() -> None:
    """In no room of the code and no document."""
    assert {} == _used()


def _rows() -> list[str]:
    return re.findall(r"^\| ([^|]+?) \| [^|]+ \|$", GLOSSARY, re.MULTILINE)


def test_a_word_of_the_glossary_has_one_meaning() -> None:
    """It stands there once."""
    words = [word.casefold() for word in _rows()]

    assert [] == [word for word, count in Counter(words).items() if count > 1]


def test_each_room_is_in_the_glossary() -> None:
    """A folder of the library, or of the engine, is a word of it."""
    rooms = {
        path.parent.name
        for room in ("xtiger", "xtiger/engine")
        for path in (ROOT / room).glob("*/__init__.py")
    }

    assert [] == sorted(rooms - {word.strip("`") for word in _rows()})
