"""The part of the conformance kit about transactions, the outbox and echoes."""

# ruff: noqa: SIM300  the expected value stands first, as in all tests

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from xtiger.model.records import Change, Module, Ref, Write
from xtiger.ports.host import Host
from xtiger.testing.conformance_kit import Kit


class ChangeContract(Kit):
    """Transactions, the outbox, echoes."""

    def _shared(self, host: Host) -> Module:
        if not host.caps.shares_transaction or not host.caps.in_process_events:
            pytest.skip("the host has no outbox in its own transaction")
        return self.first(host, "update")

    # --- folding ---

    def test_many_changes_are_one_row(self, host: Host) -> None:
        """A record created and changed twice is one row, and still a creation."""
        module = self._shared(host)
        ref = self.make(host, module.name)
        self.edit(host, module.name, ref.id, {self.text(module): "one"})
        self.edit(host, module.name, ref.id, {self.text(module): "two"})

        assert ["created"] == [row.kind for row in self.rows(host, ref)]

    def test_a_short_life_leaves_nothing(self, host: Host) -> None:
        """A record created and deleted before anybody looked is no change."""
        self._shared(host)
        module = self.first(host, "update", "delete")
        ref = self.make(host, module.name)
        host.delete(module.name, [ref.id])

        assert [] == self.rows(host, ref)

    def test_a_delete_after_the_look_is_reported(self, host: Host) -> None:
        """A record deleted between reading its row and deleting the row is reported as deleted."""
        self._shared(host)
        module = self.first(host, "update", "delete")
        ref = self.make(host, module.name)
        seen = self.rows(host, ref)
        host.delete(module.name, [ref.id])
        host.outbox_done(seen)

        assert ["deleted"] == [row.kind for row in self.rows(host, ref)]

    def test_a_delete_is_seen(self, host: Host) -> None:
        """The deletion of a record known before is reported, whatever was done to it first."""
        self._shared(host)
        module = self.first(host, "update", "delete")
        ref = self.make(host, module.name)
        self.drain(host)
        self.edit(host, module.name, ref.id, {self.text(module): "last words"})
        host.delete(module.name, [ref.id])

        assert ["deleted"] == [row.kind for row in self.rows(host, ref)]

    def test_a_refused_write_is_no_change(self, host: Host) -> None:
        """A write that the host refuses leaves no row."""
        module = self._shared(host)
        ref = self.make(host, module.name)
        self.drain(host)
        bad = {self.text(module): "x", "no such field": "x"}
        self.save(host, module.name, Write(bad, id=ref.id))

        assert [] == self.rows(host, ref)

    def test_a_change_rests_a_moment(self, host: Host) -> None:
        """A row is not due at once: a record half built is read when it is finished."""
        module = self._shared(host)
        ref = self.make(host, module.name)
        (row,) = self.rows(host, ref)
        early = host.outbox(row.due_at - timedelta(milliseconds=1))

        assert [] == [other for other in early if other.ref == ref]

    def test_the_oldest_comes_first(self, host: Host) -> None:
        """Rows come in the order of their time, at most as many as asked for."""
        module = self._shared(host)
        for _ in range(3):
            self.make(host, module.name)
        rows = self.outbox(host)
        first = host.outbox(self.later(), 2)

        assert (rows[:2], sorted(r.due_at for r in rows)) == (first, [r.due_at for r in rows])

    def test_a_change_between_read_and_done_survives(self, host: Host) -> None:
        """A row changed after it was read stays when the reader is done with what it read."""
        module = self._shared(host)
        ref, other = self.make(host, module.name), self.make(host, module.name)
        read = [row for row in self.outbox(host) if row.ref in (ref, other)]
        self.edit(host, module.name, ref.id, {self.text(module): "meanwhile"})
        done = host.outbox_done(read)

        assert (1, 1, 0) == (done, len(self.rows(host, ref)), len(self.rows(host, other)))

    def test_a_noted_change_is_folded(self, host: Host) -> None:
        """note() adds to the row of the record, as an event does."""
        module = self._shared(host)
        ref = self.make(host, module.name)
        host.note(Change(ref, "updated", datetime.now(UTC)))

        assert ["created"] == [row.kind for row in self.rows(host, ref)]

    # --- whose change it was ---

    def test_our_own_write_is_marked(self, host: Host) -> None:
        """A change that the library made carries its origin."""
        module = self._shared(host)
        ref = self.make(host, module.name, origin="xero")

        assert ["xero"] == [row.origin for row in self.rows(host, ref)]

    def test_a_later_edit_clears_the_mark(self, host: Host) -> None:
        """A user's edit after ours is no echo, however soon it comes."""
        module = self._shared(host)
        ref = self.make(host, module.name, origin="xero")
        self.edit(host, module.name, ref.id, {self.text(module): "by a user"})

        assert [None] == [row.origin for row in self.rows(host, ref)]

    def test_a_write_of_ours_does_not_hide_an_edit(self, host: Host) -> None:
        """A user's edit that waits stays a user's edit when we write the record afterwards."""
        module = self._shared(host)
        ref = self.make(host, module.name)
        self.drain(host)
        self.edit(host, module.name, ref.id, {self.text(module): "by a user"})
        self.save(host, module.name, Write({self.text(module): "by us"}, id=ref.id), "xero")

        assert [None] == [row.origin for row in self.rows(host, ref)]

    # --- what belongs together ---

    def test_a_changed_line_marks_its_record(self, host: Host) -> None:
        """Writing the lines of a record is a change of the record."""
        self._shared(host)
        module = next((m for m in self.able(host, "update") if m.lines), None)
        if module is None:
            pytest.skip("no module has lines")
        ref = self.make(host, module.name)
        line = {k: v for k, v in self.read(host, ref).lines[0].items() if k != "id"}
        self.drain(host)
        self.save(host, module.name, Write({}, id=ref.id, lines=[line]))

        assert ["updated"] == [row.kind for row in self.rows(host, ref)]

    def test_a_child_marks_its_parent(self, host: Host) -> None:
        """Making and deleting a record of a module with parents changes those parents."""
        self._shared(host)
        module = next((m for m in self.able(host, "delete") if m.parents), None)
        if module is None:
            pytest.skip("no module has parents")
        field = next(f for f in module.fields if f.name == module.parents[0])
        ref = self.make(host, module.name)
        parent = Ref(field.targets[0], str(self.read(host, ref).values[field.name]))
        self.drain(host)
        host.delete(module.name, [ref.id])

        assert ["updated"] == [row.kind for row in self.rows(host, parent)]

    # --- transactions ---

    def test_a_rollback_leaves_nothing(self, host: Host) -> None:
        """A transaction that fails leaves neither the record nor a row of the outbox."""
        module = self._shared(host)
        made: list[Ref] = []
        self.undo(host, lambda: made.append(self.make(host, module.name)))
        left = dict(host.get(module.name, [made[0].id]))

        assert ({}, []) == (left, self.rows(host, made[0]))

    def test_an_inner_rollback_leaves_the_rest(self, host: Host) -> None:
        """A transaction within another is undone alone."""
        module = self._shared(host)
        lost: list[Ref] = []
        with host.transaction():
            kept = self.make(host, module.name)
            self.undo(host, lambda: lost.append(self.make(host, module.name)))
        found = dict(host.get(module.name, [kept.id, lost[0].id]))

        assert ({kept.id}, []) == (set(found), self.rows(host, lost[0]))

    def test_a_transaction_is_one(self, host: Host) -> None:
        """What was written inside is seen inside, and after the block."""
        module = self._shared(host)
        with host.transaction():
            ref = self.make(host, module.name)
            inside = set(host.get(module.name, [ref.id]))

        assert (inside, {ref.id}) == (set(host.get(module.name, [ref.id])), inside)

    def test_on_commit_waits_for_the_commit(self, host: Host) -> None:
        """The wake-up comes after the commit, and not at all after a rollback."""
        self._shared(host)
        called: list[str] = []
        with host.transaction():
            host.on_commit(lambda: called.append("committed"))
            called.append("inside")
        self.undo(host, lambda: host.on_commit(lambda: called.append("rolled back")))

        assert ["inside", "committed"] == called

    def test_threads_write_side_by_side(self, host: Host) -> None:
        """Two threads that write at the same time both succeed, and every change is reported."""
        module = self._shared(host)
        shared = self.make(host, module.name)
        writes = [self.sample(host, module.name) for _ in range(8)]
        self.drain(host)
        problems: list[object] = []

        def work(mine: list[Write]) -> None:
            tenants = host.tenants()
            with host.tenant(tenants[0]):
                for number, write in enumerate(mine):
                    again = Write({self.text(module): f"round {number}"}, id=shared.id)
                    results = [*host.save(module.name, [write]), *host.save(module.name, [again])]
                    problems.extend(r.problem for r in results if r.problem is not None)

        threads = [threading.Thread(target=work, args=(writes[i::2],)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rows = self.outbox(host)

        assert ([], 9) == (problems, len([row for row in rows if row.ref.module == module.name]))
