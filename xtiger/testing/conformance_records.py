"""The part of the conformance kit about creating, changing and deleting records."""

# ruff: noqa: SIM300  the expected value stands first, as in all tests

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from xtiger.model.records import Module, Record, Write
from xtiger.model.values import Plain, canon
from xtiger.ports.host import Host
from xtiger.testing.conformance_kit import Kit, by_hand


def _line(line: Any) -> dict[str, Plain]:
    return {name: canon(value) for name, value in line.items() if name != "id"}


class RecordContract(Kit):
    """Creating, changing and deleting."""

    def test_create_answers_an_id(self, host: Host) -> None:
        """A created record has an id, as text, under which it is found."""
        for module in self.able(host):
            ref = self.make(host, module.name)
            found = host.get(module.name, [ref.id])

            assert [ref.id] == list(found), module.name

    def test_values_come_back(self, host: Host) -> None:
        """Every writable field gives back what was written, for every type."""
        for module in self.able(host, "update"):
            ref = self.make(host, module.name)
            for field in by_hand(module):
                for value in self.values(field):
                    result = self.save(host, module.name, Write({field.name: value}, id=ref.id))
                    back = self.read(host, ref).values[field.name]

                    where = f"{module.name}.{field.name}"
                    assert result.problem is None or field.unique, f"{where}: {result.problem}"
                    assert canon(value) == canon(back) or result.problem, where

    def test_a_field_can_be_cleared(self, host: Host) -> None:
        """A field that is not required takes None, and is empty afterwards."""
        for module in self.able(host, "update"):
            for field in by_hand(module):
                if field.required or field.type == "bool":
                    continue
                ref = self.make(host, module.name)
                result = self.save(host, module.name, Write({field.name: None}, id=ref.id))
                back = self.read(host, ref).values[field.name]

                where = f"{module.name}.{field.name}"
                assert result.problem is None, f"{where}: {result.problem}"
                assert self.is_cleared(field, back), where

    def test_only_the_given_values_change(self, host: Host) -> None:
        """A change leaves all values alone that it does not name."""
        module = self.first(host, "update")
        name = self.text(module)
        ref = self.make(host, module.name)
        before = self.read(host, ref)
        self.save(host, module.name, Write({name: "changed"}, id=ref.id))
        after = self.read(host, ref)

        assert {**before.values, name: "changed"} == dict(after.values)

    def test_money_keeps_its_decimals(self, host: Host) -> None:
        """Amounts with four decimals and amounts of nine digits come back exactly."""
        for module in self.able(host, "update"):
            for field in by_hand(module):
                if field.type not in ("money", "decimal"):
                    continue
                places = 2 if field.decimals is None else min(field.decimals, 4)
                value = round(Decimal("987654321.1234"), places)
                ref = self.make(host, module.name)
                self.save(host, module.name, Write({field.name: value}, id=ref.id))
                back = self.read(host, ref).values[field.name]

                assert value == back, f"{module.name}.{field.name}"

    def test_a_bad_row_does_not_sink_the_batch(self, host: Host) -> None:
        """One refused write is a result with a problem; its neighbours are done."""
        module = self.first(host)
        good = [self.sample(host, module.name) for _ in range(2)]
        bad = Write({**good[0].values, "no such field": "x"})
        results = host.save(module.name, [good[0], bad, good[1]])

        assert [True, False, True] == [result.problem is None for result in results]

    def test_a_refused_write_leaves_nothing(self, host: Host) -> None:
        """A write with one bad value changes none of the others."""
        module = self.first(host, "update")
        ref = self.make(host, module.name)
        before = self.read(host, ref)
        bad = {self.text(module): "changed", "no such field": "x"}
        self.save(host, module.name, Write(bad, id=ref.id))

        assert before.values == self.read(host, ref).values

    def test_an_empty_required_field_is_refused(self, host: Host) -> None:
        """A required field may not be cleared; the problem names it."""
        for module in self.able(host, "update"):
            for field in module.fields:
                if field.required and field.writable:
                    ref = self.make(host, module.name)
                    result = self.save(host, module.name, Write({field.name: None}, id=ref.id))

                    assert result.problem is not None, f"{module.name}.{field.name}"
                    assert field.name == result.problem.field

    def test_an_unknown_record_cannot_be_changed(self, host: Host) -> None:
        """A change of a record that is not there is a result with the problem missing."""
        module = self.first(host, "update")
        result = self.save(host, module.name, Write({self.text(module): "x"}, id="987654321"))

        assert result.problem is not None
        assert "missing" == result.problem.code

    def test_a_reference_to_nothing_is_refused(self, host: Host) -> None:
        """A reference to a record that is not there is a problem, not a dangling id."""
        for module in self.able(host):
            for field in module.fields:
                if field.type == "ref" and field.writable:
                    write = self.sample(host, module.name)
                    dangling = {**write.values, field.name: "987654321"}
                    result = self.save(host, module.name, replace(write, values=dangling))

                    assert result.problem is not None, f"{module.name}.{field.name}"

    def test_a_stale_version_is_refused(self, host: Host) -> None:
        """A write that expects an older version is a result with the problem conflict."""
        if not host.caps.versions:
            pytest.skip("the host has no versions")
        module = self.first(host, "update")
        name = self.text(module)
        ref = self.make(host, module.name)
        seen = self.read(host, ref).version
        self.edit(host, module.name, ref.id, {name: "by a user"})
        result = self.save(host, module.name, Write({name: "by us"}, id=ref.id, expect=seen))

        assert result.problem is not None
        assert ("conflict", "by a user") == (
            result.problem.code,
            self.read(host, ref).values[name],
        )

    def test_the_answered_version_is_good_for_the_next_write(self, host: Host) -> None:
        """The version that a write answers is the one that the next write may expect."""
        if not host.caps.versions:
            pytest.skip("the host has no versions")
        module = self.first(host, "update")
        name = self.text(module)
        ref = self.make(host, module.name)
        first = self.save(host, module.name, Write({name: "one"}, id=ref.id))
        write = Write({name: "two"}, id=ref.id, expect=first.version)
        second = self.save(host, module.name, write)

        assert second.problem is None, second.problem

    # --- the key of a create ---

    def test_a_key_creates_once(self, host: Host) -> None:
        """A create repeated with its key answers the record made before."""
        module = self.first(host)
        write = replace(self.sample(host, module.name), key="conformance-1")
        results = [self.save(host, module.name, write) for _ in range(3)]
        records = self.walk(host, module.name, 50)

        assert (1, 1) == (len({result.ref for result in results}), len(records))

    def test_a_key_creates_once_after_a_rollback(self, host: Host) -> None:
        """A create that was rolled back is made by the repeat, once."""
        if not host.caps.shares_transaction:
            pytest.skip("the host has no transaction to roll back")
        module = self.first(host)
        write = replace(self.sample(host, module.name), key="conformance-2")
        self.undo(host, lambda: host.save(module.name, [write]))
        self.save(host, module.name, write)
        self.save(host, module.name, write)

        assert 1 == len(self.walk(host, module.name, 50))

    # --- deleting ---

    def test_a_deleted_record_is_gone(self, host: Host) -> None:
        """A deleted record is absent, or marked as deleted where the host keeps it."""
        for module in self.able(host, "delete"):
            ref = self.make(host, module.name)
            (result,) = host.delete(module.name, [ref.id])
            found = host.get(module.name, [ref.id]).get(ref.id)

            assert result.problem is None, f"{module.name}: {result.problem}"
            assert found is None or (found.deleted and host.caps.tombstones), module.name

    def test_deleting_nothing_is_a_problem(self, host: Host) -> None:
        """Deleting a record that is not there is a result with the problem missing."""
        module = next(self.able(host, "delete"))
        (result,) = host.delete(module.name, ["987654321"])

        assert result.problem is not None
        assert "missing" == result.problem.code

    # --- lines ---

    def _lined(self, host: Host) -> tuple[Module, Record]:
        """A record with at least two lines, from the sample."""
        for module in self.able(host, "update"):
            if module.lines:
                ref = self.make(host, module.name)
                record = self.read(host, ref)
                assert len(record.lines) >= 2, f"the sample of {module.name} needs two lines"
                return module, record
        pytest.skip("no module has lines")

    def test_lines_keep_their_order(self, host: Host) -> None:
        """Lines come back in the order in which they were written, on create and on change."""
        module, record = self._lined(host)
        turned = [{k: v for k, v in line.items() if k != "id"} for line in record.lines[::-1]]
        self.save(host, module.name, Write({}, id=record.ref.id, lines=[*turned, turned[0]]))
        back = self.read(host, record.ref)

        assert [_line(line) for line in [*turned, turned[0]]] == [_line(x) for x in back.lines]

    def test_lines_keep_their_ids(self, host: Host) -> None:
        """A line with its id is changed in place, also when it moves; a new one gets an id."""
        if not host.caps.stable_line_ids:
            pytest.skip("the host's lines have no ids of their own")
        module, record = self._lined(host)
        first, second = record.lines[:2]
        new = {k: v for k, v in first.items() if k != "id"}
        self.save(host, module.name, Write({}, id=record.ref.id, lines=[second, new, first]))
        ids = [line["id"] for line in self.read(host, record.ref).lines]

        assert [second["id"], True, first["id"]] == [
            ids[0],
            ids[1] not in (first["id"], second["id"], None),
            ids[2],
        ]

    def test_lines_can_be_reordered(self, host: Host) -> None:
        """The same lines by their ids alone, the other way round: order new, values as before."""
        if not host.caps.stable_line_ids:
            pytest.skip("the host's lines have no ids of their own")
        module, record = self._lined(host)
        turned = [{"id": line["id"]} for line in record.lines[::-1]]
        result = self.save(host, module.name, Write({}, id=record.ref.id, lines=turned))

        assert result.problem is None, result.problem
        assert list(record.lines[::-1]) == list(self.read(host, record.ref).lines)

    def test_a_line_keeps_what_a_change_does_not_name(self, host: Host) -> None:
        """One value of one line is changed by its id: its other values and the others stay."""
        if not host.caps.stable_line_ids:
            pytest.skip("the host's lines have no ids of their own")
        module, record = self._lined(host)
        numbers = ("decimal", "money", "int")
        field = next((f for f in module.lines if f.type in numbers and f.writable), None)
        if field is None:
            pytest.skip("the lines have no number to change")
        first, *others = record.lines
        lines = [
            {"id": first["id"], field.name: Decimal(7)},
            *({"id": line["id"]} for line in others),
        ]
        self.save(host, module.name, Write({}, id=record.ref.id, lines=lines))
        changed, *rest = self.read(host, record.ref).lines

        kept = {f.name for f in module.lines if f.writable and f.name != field.name}
        assert (first["id"], 7) == (changed["id"], changed[field.name])
        assert {n: first[n] for n in kept} == {n: changed[n] for n in kept}
        assert [line["id"] for line in others] == [line["id"] for line in rest]

    def test_lines_are_left_alone_when_not_given(self, host: Host) -> None:
        """A change without lines keeps them as they are."""
        module, record = self._lined(host)
        self.save(host, module.name, Write({}, id=record.ref.id))

        assert record.lines == self.read(host, record.ref).lines

    def test_all_lines_can_go(self, host: Host) -> None:
        """An empty list of lines removes them all."""
        module, record = self._lined(host)
        self.save(host, module.name, Write({}, id=record.ref.id, lines=[]))

        assert () == self.read(host, record.ref).lines

    def test_a_foreign_line_id_is_refused(self, host: Host) -> None:
        """A line id that the record does not have is a problem."""
        module, record = self._lined(host)
        foreign = {**record.lines[0], "id": "987654321"}
        result = self.save(host, module.name, Write({}, id=record.ref.id, lines=[foreign]))

        assert result.problem is not None
        assert record.lines == self.read(host, record.ref).lines
