"""Each row of the table in docs/host.md that says what the adapter sees, and what it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.orm import sessionmaker as make_sessions

from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost
from xtiger.model.records import Write

#: (id, kind)
Told = set[tuple[str, str]]
DOCUMENT = Path(__file__).parents[2] / "docs" / "host.md"


class Model(DeclarativeBase):
    """A CRM with an association object and three marks of deletion."""


class Order(Model):
    """A record whose lines are association objects."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    views: Mapped[int] = mapped_column(default=0)
    deleted_at: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(sa.String(20), default="open")
    items: Mapped[list[Part]] = relationship(cascade="all, delete-orphan")


class Part(Model):
    """How much of a thing is in an order: a key of two columns."""

    __tablename__ = "part"
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), primary_key=True)
    thing: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=1)


MARKS: dict[str, Any] = {
    "moment": "deleted_at",
    "flag": ("active", False),
    "word": ("status", "archived"),
}


def _module(deleted: Any) -> Module:
    lines = Lines("items", fields=[Field("thing"), Field("count")])
    fields = [Field("name", role="organisation.name")]
    return Module("Orders", Order, deleted=deleted, fields=fields, lines=lines)


@pytest.fixture
def sessions(tmp_path: Path) -> make_sessions[Session]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'seen.db'}", poolclass=sa.NullPool)
    Model.metadata.create_all(engine)
    made = make_sessions(engine)
    with made.begin() as session:
        for number in (1, 2):
            session.add(Order(id=number, name="A", items=[Part(thing=1), Part(thing=2)]))
    return made


def _told(host: SQLAlchemyHost) -> Told:
    rows = host.outbox(datetime.now(UTC) + timedelta(minutes=5))
    host.outbox_done(rows)
    return {(row.ref.id, row.kind) for row in rows}


def _host(sessions: make_sessions[Session], deleted: Any = "deleted_at") -> SQLAlchemyHost:
    host = SQLAlchemyHost(sessions, modules=[_module(deleted)], base_currency="GBP")
    host.create_tables()
    return host


# --- what the code of the CRM does: the first column of the table ---


def _objects(session: Session) -> None:
    session.add(Order(id=3, name="C"))
    session.get_one(Order, 1).name = "B"
    session.delete(session.get_one(Order, 2))


def _line(session: Session) -> None:
    session.get_one(Part, (1, 2)).count = 5


def _association(session: Session) -> None:
    first, second = session.get_one(Order, 1), session.get_one(Order, 2)
    first.items.append(Part(thing=3))
    second.items.pop()


def _expression(session: Session) -> None:
    session.get_one(Order, 1).deleted_at = sa.func.now()
    session.get_one(Order, 2).name = sa.func.upper(Order.name)


def _mark(session: Session) -> None:
    session.get_one(Order, 1).deleted_at = datetime(2026, 1, 1)  # noqa: DTZ001  as stored


def _statement(session: Session) -> None:
    session.execute(sa.update(Order).where(Order.id == 1).values(name="B"))
    session.execute(sa.delete(Part).where(Part.order_id == 2, Part.thing == 1))


def _many(session: Session) -> None:
    session.execute(sa.update(Order), [{"id": 1, "name": "B"}])
    session.execute(sa.update(Part), [{"order_id": 2, "thing": 1, "count": 4}])


def _table(session: Session) -> None:
    orders, parts = (Model.metadata.tables[name] for name in ("orders", "part"))
    session.execute(sa.update(orders).where(orders.c.id == 1).values(name="B"))
    session.execute(sa.delete(parts).where(parts.c.order_id == 2))


def _mark_many(session: Session) -> None:
    session.execute(sa.update(Order).where(Order.id == 2).values(deleted_at=sa.func.now()))
    session.execute(sa.update(Order), [{"id": 1, "deleted_at": datetime(2026, 1, 1)}])  # noqa: DTZ001


def _rollback(session: Session) -> None:
    _many(session)
    _statement(session)
    session.get_one(Order, 1).name = sa.func.upper(Order.name)
    session.flush()
    session.rollback()


def _insert(session: Session) -> None:
    session.execute(sa.insert(Order), [{"id": 3, "name": "C"}])
    session.bulk_save_objects([Order(id=4, name="D")])
    session.bulk_update_mappings(sa.inspect(Order), [{"id": 1, "name": "B"}])


def _raw(session: Session) -> None:
    session.execute(sa.text("UPDATE orders SET name = 'B'"))
    session.connection().execute(sa.update(Order).values(name="C"))


def _unnamed(session: Session) -> None:
    session.get_one(Order, 1).views += 1


BOTH: Told = {("1", "updated"), ("2", "updated")}
#: Row of the table → what the CRM does, and what is told.
ROWS: dict[str, tuple[Callable[[Session], None], Told]] = {
    "adds, changes or deletes objects of a session": (
        _objects,
        {("1", "updated"), ("2", "deleted"), ("3", "created")},
    ),
    "changes lines or payments": (_line, {("1", "updated")}),
    "adds or removes association objects that are `Lines`": (_association, BOTH),
    "sets SQL expressions: `owner.deleted_at = func.now()`": (
        _expression,
        {("1", "deleted"), ("2", "updated")},
    ),
    "sets the column of `deleted=`, or takes the mark away": (_mark, {("1", "deleted")}),
    "`update(Model)`, `delete(Model)`, `query.update()`, `query.delete()`": (_statement, BOTH),
    '`session.execute(update(Model), [{"id": 1, ...}])`': (_many, BOTH),
    "`session.execute(update(table))`, `delete(table)`": (_table, BOTH),
    "marks many rows as deleted by such a statement, or takes the marks away": (
        _mark_many,
        {("1", "deleted"), ("2", "deleted")},
    ),
    "takes it back by a rollback, or to a savepoint": (_rollback, set()),
    "`insert(Model)`, `bulk_save_objects`, `bulk_update_mappings`": (_insert, set()),
    "statements on `session.connection()`, raw SQL, triggers, `ON DELETE CASCADE`": (_raw, set()),
    "changes attributes that no field names": (_unnamed, set()),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_table_says_what_is_seen(sessions: make_sessions[Session], row: str) -> None:
    """What a row promises is in the outbox, and nothing else."""
    act, expected = ROWS[row]
    host = _host(sessions)
    with sessions() as session:
        act(session)
        session.commit()

    assert expected == _told(host)


def test_the_table_has_these_rows() -> None:
    """Each row of the document is held by a test above, and each test is a row."""
    part = DOCUMENT.read_text(encoding="utf-8").split("| your code does | seen |")[1]
    rows = [line for line in part.split("\n\n")[0].splitlines() if line.startswith("|")]

    assert list(ROWS) == [row.split(" | ")[0].removeprefix("| ") for row in rows[1:]]


@pytest.mark.parametrize("form", MARKS)
def test_each_form_of_a_deletion_is_seen(sessions: make_sessions[Session], form: str) -> None:
    """A moment, a flag turned off and a word of the status delete, and bring back."""
    host = _host(sessions, MARKS[form])
    attr = MARKS[form] if isinstance(MARKS[form], str) else MARKS[form][0]
    marked: Any = datetime(2026, 1, 1) if form == "moment" else MARKS[form][1]  # noqa: DTZ001  as stored
    before = getattr(sessions().get_one(Order, 1), attr)
    told = []
    for value in (marked, before):
        with sessions.begin() as session:
            setattr(session.get_one(Order, 1), attr, value)
        told.append((_told(host), host.get("Orders", ["1"])["1"].deleted))

    assert [({("1", "deleted")}, True), ({("1", "created")}, False)] == told


@pytest.mark.parametrize("way", ["values", "ordered", "list", "table", "query"])
@pytest.mark.parametrize("form", MARKS)
def test_each_form_of_a_deletion_is_seen_in_a_statement(
    sessions: make_sessions[Session], form: str, way: str
) -> None:
    """Marking by a statement deletes, however it is written; taking the mark away brings back."""
    host = _host(sessions, MARKS[form])
    attr = MARKS[form] if isinstance(MARKS[form], str) else MARKS[form][0]
    marked: Any = datetime(2026, 1, 1) if form == "moment" else MARKS[form][1]  # noqa: DTZ001  as stored
    before = getattr(sessions().get_one(Order, 1), attr)
    table = Model.metadata.tables["orders"]
    found = []
    for value in (marked, before, before):
        with sessions.begin() as session:
            if way == "values":
                session.execute(sa.update(Order).where(Order.id == 1).values({attr: value}))
            elif way == "ordered":
                column = getattr(Order, attr)
                session.execute(
                    sa.update(Order).where(Order.id == 1).ordered_values((column, value))
                )
            elif way == "list":
                session.execute(sa.update(Order), [{"id": 1, attr: value}])
            elif way == "table":
                session.execute(sa.update(table).where(table.c.id == 1).values({attr: value}))
            else:
                session.query(Order).filter_by(id=1).update({attr: value})
        found.append((_told(host), host.get("Orders", ["1"])["1"].deleted))

    assert [
        ({("1", "deleted")}, True),
        ({("1", "created")}, False),
        ({("1", "updated")}, False),
    ] == found


@pytest.mark.parametrize(
    ("form", "value", "kind"),
    [
        ("moment", sa.func.now(), "deleted"),
        ("moment", sa.null(), "updated"),
        ("flag", sa.false(), "deleted"),
        ("flag", sa.true(), "updated"),
        # Which word an expression makes is not known before: the next look finds it.
        ("word", sa.func.lower("ARCHIVED"), "updated"),
    ],
)
def test_an_expression_marks_in_a_statement(
    sessions: make_sessions[Session], form: str, value: Any, kind: str
) -> None:
    """The database's own moment deletes; NULL, true and false say what they are."""
    host = _host(sessions, MARKS[form])
    attr = MARKS[form] if isinstance(MARKS[form], str) else MARKS[form][0]
    with sessions.begin() as session:
        session.execute(sa.update(Order).where(Order.id == 1).values({attr: value}))

    assert {("1", kind)} == _told(host)


@pytest.mark.parametrize("form", MARKS)
def test_each_form_of_a_deletion_is_written(sessions: make_sessions[Session], form: str) -> None:
    """A deletion from outside sets the mark, and the row stays."""
    host = _host(sessions, MARKS[form])
    host.delete("Orders", ["1"])
    with sessions() as session:
        kept = session.get_one(Order, 1)
        state = (kept.deleted_at is not None, kept.active, kept.status)

    assert (form == "moment", form != "flag", "archived" if form == "word" else "open") == state


def test_association_objects_are_written_as_lines(sessions: make_sessions[Session]) -> None:
    """A line whose key has two columns is kept by it, changed, added and taken away."""
    host = _host(sessions)
    lines = host.get("Orders", ["1"])["1"].lines
    kept = {**lines[0], "count": 7}
    host.save("Orders", [Write({}, id="1", lines=[kept, {"thing": 5, "count": 1}])])
    now = host.get("Orders", ["1"])["1"].lines

    assert [("1~1", 7), ("1~5", 1)] == [(line["id"], line["count"]) for line in now]
