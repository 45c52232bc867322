"""What the CRM's models and its database refuse is a problem in a sentence, never a trace."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from tests.hosts.conftest import ALL, opened
from tests.hosts.crm import Company
from xtiger.hosts.sqlalchemy import Field, Module, SQLAlchemyHost
from xtiger.model.records import Problem, Write


@pytest.fixture(params=ALL)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    with opened(request.param, tmp_path) as made:
        yield made


def _problem(host: SQLAlchemyHost, module: str, write: Write) -> Problem:
    (result,) = host.save(module, [write])
    assert result.problem is not None
    return result.problem


def test_a_taken_number_names_its_field(host: SQLAlchemyHost) -> None:
    """A unique value in use is a conflict of its field, without telling the value."""
    host.save("Organizations", [Write({"name": "A", "number": "SECRET-1"})])
    problem = _problem(host, "Organizations", Write({"name": "B", "number": "SECRET-1"}))

    assert ("conflict", "number", False) == (
        problem.code,
        problem.field,
        "SECRET" in problem.message,
    )


def test_the_models_own_check_is_told(host: SQLAlchemyHost) -> None:
    """What a validator of the model says is the message."""
    problem = _problem(host, "Organizations", Write({"name": "A", "email": "nobody"}))

    assert "The CRM refused the record: An e-mail address needs an @." == problem.message


def test_too_long_text_names_the_length(host: SQLAlchemyHost) -> None:
    """A text longer than the column is refused before the database sees it."""
    problem = _problem(host, "Organizations", Write({"name": "x" * 121}))

    assert "Name has 121 characters, at most 120 fit." == problem.message


def test_an_unknown_choice_is_refused(host: SQLAlchemyHost) -> None:
    """A text that the Enum column does not have is refused with those it has."""
    problem = _problem(host, "Organizations", Write({"name": "A", "tier": "SILVER"}))

    assert "Tier is not one of GOLD, PLAIN." == problem.message


def test_a_record_in_use_cannot_be_deleted(engine: sa.Engine, host: SQLAlchemyHost) -> None:
    """A company with an invoice stays where the database guards references."""
    if engine.dialect.name == "sqlite":
        return  # guards nothing unless the CRM asks it to
    (ref,) = [r.ref for r in host.save("Organizations", [Write({"name": "A"})])]
    assert ref is not None
    host.save("Invoices", [Write({"company_id": ref.id})])
    (result,) = host.delete("Organizations", [ref.id])

    assert result.problem is not None
    assert ("conflict", {ref.id}) == (
        result.problem.code,
        set(host.get("Organizations", [ref.id])),
    )


def test_a_number_too_large_is_refused(host: SQLAlchemyHost) -> None:
    """A number that the column cannot hold is a problem of that write alone."""
    results = host.save(
        "Organizations",
        [Write({"name": "A", "staff": 2**80}), Write({"name": "B", "credit": Decimal(1)})],
    )

    assert [False, True] == [result.problem is None for result in results]


class Model(DeclarativeBase):
    """A table with a constraint that PostgreSQL checks at the commit."""


class Tag(Model):
    """A name that must be unique in the end."""

    __tablename__ = "tag"
    __table_args__ = (sa.UniqueConstraint("name", deferrable=True, initially="DEFERRED"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))


def test_a_refusal_at_the_commit_costs_one_record(engine: sa.Engine) -> None:
    """A constraint checked at the commit takes no other write of the batch with it."""
    if engine.dialect.name != "postgresql":
        return  # the others know no such constraint
    Model.metadata.create_all(engine)
    module = Module("Tags", Tag, fields=[Field("name")])
    host = SQLAlchemyHost(sessionmaker(engine), modules=[module], base_currency="GBP")
    results = host.save("Tags", [Write({"name": name}) for name in ("a", "b", "a")])
    names = [record.values["name"] for record in host.changed_since("Tags", None).records]

    assert ([True, True, False], ["a", "b"]) == ([r.problem is None for r in results], names)


@pytest.mark.parametrize("ability", ["create", "update", "delete"])
def test_what_a_module_cannot_do_is_denied(sessions: sessionmaker[Session], ability: str) -> None:
    """A read-only module takes nothing from outside."""
    module = Module("Organizations", Company, fields=[Field("name")], can=frozenset({"read"}))
    host = SQLAlchemyHost(sessions, modules=[module], base_currency="GBP")
    with sessions.begin() as session:
        session.add(Company(id=1, name="a"))
    answers = {
        "create": lambda: host.save("Organizations", [Write({"name": "b"})]),
        "update": lambda: host.save("Organizations", [Write({"name": "b"}, id="1")]),
        "delete": lambda: host.delete("Organizations", ["1"]),
    }
    (result,) = answers[ability]()

    assert result.problem is not None
    assert "denied" == result.problem.code
