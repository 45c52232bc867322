"""Letters on their way: none is lost, each is known by one id, and its state says how it went."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Certificate, certificate
from tests.stories.mailing.conftest import BOSS, Postbox, opened_again, served, with_mail
from tests.world import World, make_world
from xtiger.errors import HostUnavailable, NeedsPerson
from xtiger.mail import smtp
from xtiger.model.mailing.letters import Letter, Mail
from xtiger.model.mailing.recipients import Recipient
from xtiger.model.mailing.servers import MailSettings
from xtiger.model.secret import Secret
from xtiger.services.mailing.mails import Mails


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def quiet(tmp_path: Path, postbox: Postbox) -> Iterator[World]:
    """A world without an organisation: test mails need none."""
    with make_world(tmp_path) as made:
        yield with_mail(made, postbox, administrators=())


def the_letter(world: World) -> Letter:
    """The newest letter."""
    return world.xt.mails.letters()[0]


def later(world: World, seconds: float) -> None:
    """Time passes, and the worker looks again."""
    world.clock.sleep(seconds)
    world.xt.tick()


@pytest.mark.feature("F093")
def test_each_letter_says_how_far_it_came(quiet: World, postbox: Postbox) -> None:
    """Put off it goes later under the same id; refused it stays, until a person sends it again."""
    postbox.refusals = ["451 greylisted, try later"]
    first = quiet.xt.mails.test(BOSS)
    later(quiet, 61)
    taken = the_letter(quiet)
    postbox.refusals = ["550 no such user"]
    refused = quiet.xt.mails.test("nobody@crm.example")
    later(quiet, 100_000)
    still = the_letter(quiet)
    assert refused.id is not None
    again = quiet.xt.mails.send_again(refused.id)

    assert ("waiting", 1, "451 greylisted, try later") == (first.state, first.tries, first.answer)
    assert ("sent", 2, 0) == (taken.state, taken.tries, taken.unanswered)
    assert ("refused", "550 no such user") == (refused.state, refused.answer)
    assert ("refused", "sent") == (still.state, again.state)
    assert [taken.mail.message_id, again.mail.message_id] == postbox.ids
    assert again.mail.message_id == refused.mail.message_id


def test_a_server_that_takes_none_is_asked_once_in_a_round(quiet: World, postbox: Postbox) -> None:
    """A sync waits behind the mails, so the rest is not tried in vain; then all of it goes."""
    postbox.refusals = ["421 busy"] * 9
    for name in ("one", "two", "three"):
        quiet.xt.mails.test(f"{name}@crm.example")
    later(quiet, 61)
    tries = sum(one.tries for one in quiet.xt.mails.letters())
    postbox.refusals = []
    later(quiet, 400)

    # Each as it was written, and one of the three that were due later.
    assert 3 + 1 == tries
    assert ["sent"] * 3 == [one.state for one in quiet.xt.mails.letters()]
    assert 3 == len(postbox.mails)


def test_without_an_answer_it_is_sent_again_and_says_so(quiet: World, postbox: Postbox) -> None:
    """The text was sent and the server fell silent: twice perhaps, but never under two ids."""
    postbox.answers = ["gone"]
    unknown = quiet.xt.mails.test(BOSS)
    later(quiet, 61)
    sent = the_letter(quiet)

    assert ("waiting", 1) == (unknown.state, unknown.unanswered)
    assert ("sent", 2, 1) == (sent.state, sent.tries, sent.unanswered)
    assert (2, 1) == (len(postbox.mails), len(set(postbox.ids)))


def test_it_is_given_up_after_three_days(quiet: World, postbox: Postbox) -> None:
    """Nothing was ever sent, and the last words of the server are kept."""
    postbox.refusals = ["421 busy"] * 20
    quiet.xt.mails.test(BOSS)
    for _ in range(20):
        later(quiet, 90_000)
    letter = the_letter(quiet)

    assert ("given_up", 9, 0, "421 busy") == (
        letter.state,
        letter.tries,
        letter.unanswered,
        letter.answer,
    )
    assert postbox.mails == []


def _steps() -> list[tuple[str, str, int]]:
    """(what, when, the how manieth) of each step between writing a letter and knowing it sent."""
    return [
        *(("add_letter", when, 1) for when in ("before", "after")),
        *(("save_letter", when, number) for number in (1, 2) for when in ("before", "after")),
        *(("send", when, 1) for when in ("before", "after")),
    ]


def _dying(real: Callable[..., Any], when: str, number: int) -> Callable[..., Any]:
    """The same function, but that the process ends at this call, before or after it."""
    counted = [0]

    def call(*given: Any, **named: Any) -> Any:
        counted[0] += 1
        if counted[0] == number and when == "before":
            raise Killed
        result = real(*given, **named)
        if counted[0] == number:
            raise Killed
        return result

    return call


@pytest.mark.parametrize(("what", "when", "number"), _steps())
def test_killed_at_any_step_no_letter_is_lost(
    world: World,
    postbox: Postbox,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    when: str,
    number: int,
) -> None:
    """After a restart it arrives, once or twice under one id; twice only where it was handed over
    and its end was not kept, and then the letter says so.
    """
    world.xt.mails.save(Recipient(address=BOSS, every="at_once"))
    world.wait()
    world.host.create("Organizations", {"accountname": "Aroha Ltd"})
    world.xt.sync.run()
    with monkeypatch.context() as patched:
        place: Any = smtp if what == "send" else type(world.xt.store)
        patched.setattr(place, what, _dying(getattr(place, what), when, number))
        with pytest.raises(Killed):
            world.xt.mails.post()
    opened_again(world)
    later(world, 400)
    later(world, 400)
    letter = the_letter(world)
    handed_over = (what, when) == ("send", "after") or (what, when, number) == (
        "save_letter",
        "before",
        2,
    )

    assert ("sent", 1) == (letter.state, len(set(postbox.ids)))
    assert len(postbox.mails) == (2 if handed_over else 1)
    assert letter.unanswered >= handed_over
    assert [letter.id] == [one.id for one in world.xt.mails.letters()]


def _server_side(made: Certificate) -> ssl.SSLContext:
    """What a mail server of this machine shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.public, made.private)
    return context


def test_it_logs_in_behind_a_cipher_and_trusts_no_stranger(tmp_path: Path) -> None:
    """STARTTLS and a login; a certificate that nobody vouches for and a wrong password wait."""
    shown, box = certificate(tmp_path), Postbox()
    with make_world(tmp_path) as made, served(box, _server_side(shown), "s3cret!"):
        found = []
        for password, query in (
            ("s3cret%21", ""),
            ("wrong", f"?trusted={shown.public}"),
            ("s3cret%21", f"?trusted={shown.public}"),
        ):
            address = f"smtp://xero:{password}@127.0.0.1:{box.port}{query}"
            opened_again(made, mail=MailSettings(Secret(address), "xero@crm.example"))
            found.append(made.xt.mails.test(BOSS))

    assert ["waiting", "waiting", "sent"] == [one.state for one in found]
    assert "CERTIFICATE_VERIFY_FAILED" in found[0].answer
    assert found[1].answer.startswith("535")
    assert not any("s3cret" in one.answer for one in found)
    assert len(box.mails) == 1


def test_a_function_of_the_crm_may_send(tmp_path: Path) -> None:
    """It gets the whole mail; what it raises says whether it is tried again."""
    got: list[Mail] = []
    troubles: list[Exception] = [
        HostUnavailable("the CRM", "its mailer is down"),
        NeedsPerson("This address is blocked here."),
        ValueError("broken"),
    ]

    def send_mail(mail: Mail) -> None:
        got.append(mail)
        if troubles:
            raise troubles.pop(0)

    with make_world(tmp_path) as made:
        made.host.send_mail = send_mail  # type: ignore[attr-defined]
        opened_again(made)
        found = [made.xt.mails.test(BOSS) for _ in range(4)]
        way = made.xt.mails.way()

    assert ["waiting", "refused", "waiting", "sent"] == [one.state for one in found]
    assert [0, 0, 1, 0] == [one.unanswered for one in found]
    assert ("host", "Mails of XTiger arrive.") == (way, got[0].subject)


def test_templates_of_the_crm_go_first(tmp_path: Path, postbox: Postbox) -> None:
    """One that is broken is named, and stops no sync."""
    folder = tmp_path / "templates" / "xtiger"
    folder.mkdir(parents=True)
    (folder / "mail_alert.txt").write_text("From the CRM: {{ sentence }}")
    with make_world(tmp_path) as made:
        made.host.mail_templates = str(folder.parent)  # type: ignore[attr-defined]
        with_mail(made, postbox)
        made.xt.mails.test(BOSS)
        said = postbox.text()
        (folder / "mail_alert.txt").write_text("{{ nothing.here }}")
        with pytest.raises(NeedsPerson, match="xtiger/mail_alert cannot be drawn"):
            made.xt.mails.test(BOSS)

    assert said.strip() == "From the CRM: Mails of XTiger arrive."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"address": "Boss <boss@crm.example>"}, "is no mail address"),
        ({"address": "a@b.example\r\nBcc: c@d.example"}, "is no mail address"),
        ({"every": "hourly"}, "is no how often"),
        ({"occasion": "always"}, "is no occasion"),
        ({"language": "mi"}, "is no language"),
        ({"zone": "Europe/Nowhere"}, "There is no time zone"),
        ({"connection_id": "nobody"}, "There is no connection"),
    ],
)
def test_a_recipient_that_cannot_be_is_refused(
    quiet: World, changes: dict[str, Any], said: str
) -> None:
    """It is named, and nothing is kept."""
    with pytest.raises(NeedsPerson, match=said):
        quiet.xt.mails.save(replace(Recipient(address=BOSS), **changes))

    assert quiet.xt.mails.recipients() == []


def test_an_administrator_who_was_taken_away_stays_away(world: World) -> None:
    """The settings name who begins with mails, not who must have them."""
    world.xt.tick()
    before = [one.address for one in world.xt.mails.recipients()]
    world.xt.mails.remove(BOSS)
    later(world, 120)
    mails: Mails = opened_again(world).xt.mails
    later(world, 120)

    assert ([BOSS], []) == (before, mails.recipients())
