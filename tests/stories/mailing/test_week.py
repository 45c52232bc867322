"""A week of a firm in time-lapse: the mails that would have come, word for word."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stories.mailing.conftest import Postbox, served, with_mail
from tests.stories.mailing.week import READERS, Came, lived
from tests.world import make_world
from xtiger.model.mailing.recipients import Recipient


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Came]]:
    """What came in the week."""
    box = Postbox()
    with served(box), make_world(tmp_path_factory.mktemp("week")) as made:
        yield lived(with_mail(made, box, administrators=()), box)


@pytest.mark.feature("F092", "F133")
def test_who_gets_what_and_when(week: list[Came]) -> None:
    """A report only where there is news, on each clock at seven; trouble to all at once."""
    came = {one.address: [(m.at, m.kind) for m in week if m.to == one.address] for one in READERS}
    troubles = [("Wed 12:03", "alert"), ("Fri 15:03", "alert")]
    reports = [f"{day} 06" for day in ("Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Mon")]

    assert [*troubles, ("Mon 07:00", "report")] == came["boss@crm.example"]
    for address, days in (
        ("buch@crm.example", [*reports[:3], reports[4]]),
        ("compta@crm.example", reports),
    ):
        assert troubles == [one for one in came[address] if one[1] == "alert"]
        assert days == [at[:6] for at, kind in came[address] if kind == "report"]


@pytest.mark.parametrize("reader", READERS, ids=lambda one: one.language)
def test_the_mails_of_a_week(week: list[Came], reader: Recipient, snapshot: object) -> None:
    """In three languages: when each came, and all that it says."""
    own = [one for one in week if one.to == reader.address]
    said = [f"{one.at}\nSubject: {one.subject}\n\n{one.text.rstrip()}\n" for one in own]

    assert snapshot == "\n=====\n\n".join(said)


@pytest.mark.parametrize("reader", READERS, ids=lambda one: one.language)
def test_a_report_as_a_page(week: list[Came], reader: Recipient, snapshot: object) -> None:
    """The first report and the last alert of each, as a mail program shows them."""
    own = [one for one in week if one.to == reader.address]
    report = next(one for one in own if one.kind == "report")
    alert = [one for one in own if one.kind == "alert"][-1]

    assert snapshot == f"{report.html}\n{alert.html}".replace("\r\n", "\n")
