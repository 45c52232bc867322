"""Every button of the pages is pressed in a real browser, from an old tab once more."""

# size: one walk over all pages, each step a few lines

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select, text

from tests.browser.chromium import visit
from tests.browser.deciding import (
    erases_a_person,
    keeps_a_file,
    lets_a_system_get_messages,
    lets_mails_come,
    maps_fields,
)
from tests.browser.walker import Walker, endpoints
from tests.hurried import HurriedClock
from xtiger.demo import models
from xtiger.demo.stage import Stage, set_stage
from xtiger.demo.story import set_up
from xtiger.errors import TooManyChanges
from xtiger.model.records import Ref
from xtiger.model.setting_keys import start_answers
from xtiger.model.start_answers import StartAnswers

pytestmark = pytest.mark.slow

#: The page of extensions has a test of its own: here they belong to pip.
#: What no browser comes by: Xero's answer at an old address and its webhook, and the choice, since
#: the sandbox allows one organisation at a time. And what waits for a person: its cures
#: would take away what the other steps press. tests/web asks for them.
_NOT_WALKED = {"callback_php", "webhook", "health", "choose", "chosen"} | {
    "install",
    "switch",
    "update_xtiger",
    "purge",
    "export",
    "removed",
    "needs_again",
    "needs_keep",
    "needs_link",
    "needs_option",
    "needs_rate",
    "needs_switch",
    "needs_release",
    "needs_second",
    "needs_unlink",
    # Nothing of the demo is left to look alike once the other steps decided; tests/web asks.
    "twins_answer",
    "twins_exact",
    # Rules need two organisations, and the demo's settings name a key of webhooks.
    "routes",
    "webhook_key",
    # The demo has no mail server; tests/stories/mailing asks a real one.
    "mail_tested",
    "mail_again",
    # Given up after three days alone; tests/stories/outside waits for them.
    "message_again",
}


#: Steps of the first sync, which test_first_day goes through: here all goes at once.
_OF_THE_FIRST_DAY = {"Look at the plan again", "Send the first ten", "Send the rest"}


@pytest.fixture(scope="module")
def fresh(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Nothing is connected yet; `browser` first, since it may skip."""
    home = tmp_path_factory.mktemp("fresh")
    with set_stage(home, crm_port=0, sandbox_port=0, clock=HurriedClock()) as running:
        yield running


def test_every_button_of_every_page(browser: Browser, fresh: Stage) -> None:
    """Set up, decide, release, disconnect, connect again: no control is left and none is dead."""
    walker = Walker(browser, fresh)
    connects(walker)
    sets_up(walker)
    plans(walker)
    ticks_in_a_list(walker)
    decides(walker)
    releases(walker)
    looks_into_tables(walker)
    sets_a_module(walker)
    keeps_a_file(walker)
    maps_fields(walker)
    lets_mails_come(walker)
    lets_a_system_get_messages(walker)
    is_asked_first(walker)
    goes_back_in_time(walker)
    takes_a_run_back(walker)
    erases_a_person(walker)
    disconnects(walker)
    begins_anew(walker)
    takes_out_of_the_crm(walker)
    tells_which_crm(walker)
    walker.close()

    left = {one for one in walker.seen - walker.pressed if one.label not in _OF_THE_FIRST_DAY}
    assert set() == left, "nobody pressed them"
    unasked = {name.removeprefix("xtiger.") for name in endpoints(fresh) - walker.asked}
    assert _NOT_WALKED == unasked, "a page without a press"


def allow(walker: Walker) -> None:
    """Xero's consent page, as a person answers it."""
    assert walker.page.url.startswith(walker.stage.sandbox_url)
    walker.page.get_by_role("button", name="Allow access").click()
    walker.page.wait_for_url(f"{walker.stage.crm_url}/**")
    walker.look()


def connects(walker: Walker) -> None:
    """Cancel at Xero connects nothing and says so; allowing twice gives one connection."""
    walker.open("/xt/")
    walker.press("Start")
    walker.press("Connect to Xero")
    walker.page.get_by_role("button", name="Cancel").click()
    walker.page.wait_for_url(f"{walker.stage.crm_url}/**")
    walker.look(problem=True)
    assert [] == walker.stage.xt.connections.all()

    walker.press("Back to the overview")
    for _ in range(2):
        visit(walker.page, f"{walker.stage.crm_url}/modules/XTiger/connect")
        allow(walker)
        assert walker.said().startswith("Connected: ")
    assert ["active"] == [one.state for one in walker.stage.xt.connections.all()]


def sets_up(walker: Walker) -> None:
    """The steps of the overview; then the four extensions and a first sync."""
    xt = walker.stage.xt
    walker.open("/xt/start")
    walker.page.fill("#xt-name", "Ruth")
    walker.press("Accept the terms")
    walker.open("/xt/start")
    walker.press("Save the default mapping")
    for label in (
        "Count them in Xero",
        "Read the accounts from Xero",
        "Go on without",
        "Save the accounts",
        "Save the answers",
        "What the first sync would do",
        "Release approving",
        "Connect another organisation",
    ):
        walker.open("/xt/start")
        walker.opened()
        walker.press(label)
    walker.page.get_by_role("button", name="Cancel").click()
    walker.page.wait_for_url(f"{walker.stage.crm_url}/**")
    set_up(walker.stage, lambda _line: None)
    xt.sync.run()
    assert xt.connections.terms_accepted()
    assert walker.open("/xt/").get_by_role("heading", name="Set up").count() == 0


def ticks_in_a_list(walker: Walker) -> None:
    """Copy to Xero for a record ticked in the CRM's own list."""
    page = walker.page
    visit(page, f"{walker.stage.crm_url}/organizations")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Copy to Xero").click()
    page.wait_for_url("**/organizations")
    page.locator(".xt-list .xt-said").wait_for()


def plans(walker: Walker) -> None:
    """Plan, sync, each module each way; a request that waits is gone on with or cancelled."""
    xt = walker.stage.xt
    for label in ("Plan", "Sync now", "Compare both sides"):
        walker.open("/xt/plan")
        walker.press_twice(label)
        _ends(walker)
        walker.open("/xt/plan")
        _turns(walker)
    for label in walker.page.locator(".xt-more button").all_text_contents():
        walker.open("/xt/plan")
        walker.opened()
        walker.press(label)
        _ends(walker)
    for label, ends in (("Go on", "done"), ("Cancel", "cancelled")):
        xt.sync.ask_plan("somebody")
        walker.open("/xt/plan")
        walker.press(label)
        _ends(walker)
        found = xt.sync.asked()
        assert found is not None
        assert ends == found.state
        _turns(walker)
    kept = start_answers(xt.connections.get().id)
    xt.store.save_setting(kept, StartAnswers(stage="check").plain())
    walker.open("/xt/plan")
    walker.press_twice("They are right: send the rest")
    _ends(walker)
    assert "all" == xt.start.answers().stage


def _ends(walker: Walker) -> None:
    """Carry out what a page had no time for: Xero's limit of a minute may stand in its way."""
    sync, clock = walker.stage.xt.sync, walker.stage.xt.clock
    for _ in range(120):
        asked = sync.asked()
        if asked is None or not asked.is_open:
            return
        sync.carry_out_asked(clock.now() + timedelta(minutes=2))
        clock.sleep(1)
    raise AssertionError("what was asked for has no end")


def _turns(walker: Walker) -> None:
    """To the second page of a long table, and back."""
    if walker.page.locator(".xt-paging a[rel=next]").count():
        walker.press("Next")
        walker.press("Back")


def decides(walker: Walker) -> None:
    """One conflict for each side; both have that value afterwards, whatever an old tab says."""
    # The plans before have used up the calls of this minute.
    walker.stage.xt.clock.sleep(60)
    host, stage = walker.stage.xt.host, walker.stage
    ours, theirs = (one.crm_id for one in stage.xt.conflicts.all())
    kept = host.get("Organizations", [ours])[ours].values["email"]
    come = _email_in_xero(stage, theirs)
    walker.open("/xt/conflicts")
    first, second = walker.press_twice("Keep CRM value")
    assert first.startswith("It is decided.")
    assert "decided already" in second
    walker.open("/xt/conflicts")
    walker.press_twice("Keep Xero value")

    assert [] == stage.xt.conflicts.all()
    assert kept == _email_in_xero(stage, ours)
    assert come == host.get("Organizations", [theirs])[theirs].values["email"]


def _email_in_xero(stage: Stage, crm_id: str) -> str:
    link = stage.xt.store.links_by_crm(stage.xt.connections.get().id, "Organizations", [crm_id])[
        crm_id
    ]
    table = stage.sandbox.table("Contacts")
    return next(str(raw["EmailAddress"]) for raw in table if raw["ContactID"] == link.xero_id)


def releases(walker: Walker) -> None:
    """The brake's page is left, turned, and released; an old tab releases nothing more."""
    stage = walker.stage
    with stage.sessions() as session, session.begin():
        for one in session.scalars(select(models.Organization)):
            one.phone = f"+44 20 7946 {one.id:04}"
    with pytest.raises(TooManyChanges):
        stage.xt.sync.run()
    walker.open("/xt/")
    walker.press("Look at it")
    walker.press("Leave it stopped")
    walker.press("Look at it")
    walker.press("Next")
    walker.press("Back")
    assert 1 == len(stage.xt.sync.braked())
    first, second = walker.press_twice("Release exactly this")
    assert first.startswith("Released.")
    assert second == "This plan does not wait any more."
    stage.xt.tick()

    assert [] == stage.xt.sync.braked()
    phones = {
        raw["Phones"][0]["PhoneNumber"]
        for raw in stage.sandbox.table("Contacts")
        if raw.get("Phones")
    }
    assert "7946 0004" in " ".join(phones)


def looks_into_tables(walker: Walker) -> None:
    """Every page of the menu opens; its search is pressed twice and keeps what was entered."""
    walker.open("/xt/")
    menu = walker.page.locator("nav[aria-label=Xero] a").evaluate_all(
        "all => all.map(one => one.getAttribute('href'))"
    )
    assert 5 == len(menu)
    for address in menu:
        if address.endswith("/xt/needs"):
            # Its cures are pressed by tests/stories/cures/test_on_the_page.py.
            visit(walker.page, f"{walker.stage.crm_url}{address}")
            continue
        walker.open(address)
        if walker.page.locator(".xt-search").count():
            walker.press_twice("Search")
            choice = walker.page.get_by_label("Module").or_(walker.page.get_by_label("Status"))
            choice.select_option(index=1)
            kept = choice.input_value()
            walker.press("Search")
            assert kept == choice.input_value()
    # Its answers are pressed by tests/web/test_twins.py.
    visit(walker.page, f"{walker.stage.crm_url}/xt/twins?look=1")
    assert walker.page.get_by_role("heading", level=1).count() == 1
    walker.open("/xt/log?each=1&unchanged=1")
    walker.press("Next")
    walker.press("Back")
    works_in_the_log(walker)
    works_in_the_queue(walker)
    works_with_accounts(walker)


def works_with_accounts(walker: Walker) -> None:
    """Both lists are read at once; a product gets another account, and then none of its own."""
    for page in ("accounts", "taxes"):
        walker.open(f"/xt/{page}")
        assert walker.press("Read from Xero now").startswith("Read from Xero: ")
        walker.press("Search")
    here = "/xt/record-accounts?module=Products&record=2"
    for query, label in (("&use=product.sales_account", "Choose it"), ("", "Take away")):
        walker.open(f"{here}{query}")
        assert walker.press(label).startswith("Saved.")
        buttons = walker.page.get_by_role("button", name=label)
        if buttons.count():
            walker.press(label, buttons.count() - 1)


def works_in_the_log(walker: Walker) -> None:
    """Sync again for one row, and for two that are ticked; what is found as a file."""
    walker.open("/xt/log?module=Organizations&unchanged=1&each=1")
    assert walker.press_twice("Sync again")[0]
    assert walker.page.url.endswith("/xt/log?module=Organizations&unchanged=1&each=1")
    for box in walker.page.locator("tbody .xt-checkbox").all()[:2]:
        box.check()
    walker.press("Sync again", walker.page.get_by_role("button", name="Sync again").count() - 1)
    for label, ending in (("Download as CSV", ".csv"), ("Download as sealed JSON", ".jsonl")):
        with walker.page.expect_download() as loaded:
            walker.page.get_by_role("link", name=label).click()
        assert loaded.value.suggested_filename.startswith("log-")
        assert loaded.value.suggested_filename.endswith(ending)
    for label in ("Show everything", "Plan and sync"):
        walker.open("/xt/log?text=nobody-is-called-so")
        if walker.page.locator(".xt-buttons a").filter(has_text=label).count():
            walker.follow(label)


def works_in_the_queue(walker: Walker) -> None:
    """Each button of a job; from an old tab it says that nothing waits any more."""
    ours = [Ref("Organizations", number) for number in ("48", "49")]
    walker.stage.xt.panels.press("queue", ours)
    walker.open("/xt/queue")
    walker.press_twice("Retry")
    for label in ("Put first", "Put last", "Usual order", "Hold", "Release"):
        assert walker.press(label)
    first, second = walker.press_twice("Sync now")
    assert (bool(first), bool(second)) == (True, True)
    walker.stage.xt.panels.press("queue", ours)
    for label, said in (("Done", "is taken as done"), ("Cancel", "is taken out")):
        walker.open("/xt/queue")
        first, second = walker.press_twice(label)
        assert said in first
        assert "Nothing was done" in second
    walker.open("/xt/queue")
    if walker.page.locator(".xt-buttons a").count():
        walker.follow("Xero Logs")


def sets_a_module(walker: Walker) -> None:
    """A choice on the page of a module is saved, and is what the library then has."""
    walker.open("/xt/")
    pages = walker.page.locator(".xt-tiles a").all_inner_texts()
    assert {"Plan and sync", "Modules", "Runs", "Connections", "Extensions", "Start"} <= set(pages)
    for page in pages:
        walker.open("/xt/")
        (walker.press if page in ("Plan and sync", "Modules") else walker.follow)(page)
    walker.open("/xt/start")
    walker.opened()
    walker.press("Save the schedule")
    walker.open("/xt/records/in_step")
    _turns(walker)
    # The controls of a record are its panel's, which have a test of their own.
    walker.page.locator(".xt-main td a:not(.xt-view)").first.click()
    walker.page.wait_for_url("**/xt/record/**")
    for place, label in (("/xt/plan", "Plan only this"), ("/xt/", "Plan"), ("/xt/", "Sync now")):
        walker.open(place)
        walker.opened()
        walker.press(label)
        _ends(walker)
    start = walker.stage.xt.start
    start.answer(replace(start.answers(), arrive="draft"), "a test")
    walker.open("/xt/")
    walker.press("Release approving")
    assert "as_crm" == start.answers().arrive
    walker.open("/xt/modules")
    walker.press_twice("Save for all modules")
    walker.open("/xt/modules/Organizations")
    walker.page.get_by_label("Who wins when both changed").select_option("newest")
    walker.opened()
    walker.press("Count the records")
    first, second = walker.press_twice("Save")
    assert first.startswith("Saved.")
    assert second.startswith("Saved.")
    walker.page.get_by_label("Who wins when both changed").select_option("ask")
    walker.press("Save")
    assert "ask" == walker.stage.xt.modules.settings("Organizations").conflict


def is_asked_first(walker: Walker) -> None:
    """A form that another site sends is carried out only after a press on a page of ours."""
    stage = walker.stage
    crm_id = "48"
    form = (
        f'<form method="post" action="{stage.crm_url}/modules/XTiger/panel/Organizations/{crm_id}">'
        '<input name="action" value="queue"><button>Win a prize</button></form>'
    )
    for answer in ("Cancel", "Go on"):
        walker.page.goto("about:blank")
        walker.page.set_content(form)
        with walker.page.expect_navigation():
            walker.page.get_by_role("button", name="Win a prize").click()
        walker.look()
        walker.press(answer)


def disconnects(walker: Walker) -> None:
    """Asks first; nothing happens before the last press, and connecting again changes nothing."""
    xt = walker.stage.xt
    walker.open("/xt/")
    walker.press("Disconnect…")
    walker.press("Keep the connection")
    assert ["active"] == [one.state for one in xt.connections.all()]
    walker.open("/xt/connections")
    walker.page.check("input[name=service][value=cron]")
    walker.press("Save the service")
    assert "cron" == xt.service.state().chosen
    walker.press("Disconnect…")
    assert ["active"] == [one.state for one in xt.connections.all()]
    walker.page.fill("#xt-typed-name", xt.connections.get().name)
    walker.press("Disconnect")
    assert ["active"] != [one.state for one in xt.connections.all()]

    walker.press("Connect again")
    allow(walker)
    walker.open("/xt/connections")
    walker.press("Disconnect…")
    walker.page.fill("#xt-typed-name", xt.connections.get().name)
    walker.press("Disconnect")
    walker.open("/xt/")
    walker.press("Connect again")
    allow(walker)
    assert ["active"] == [one.state for one in xt.connections.all()]
    assert [] == [
        item for item in xt.sync.plan(("Organizations",)).actions if item.verb == "create"
    ]


def goes_back_in_time(walker: Walker) -> None:
    """Unlinked records of the last year: the first, none, then all of them."""
    stage = walker.stage
    with stage.sessions() as session, session.begin():
        for name in ("Old Hand Ltd", "Older Hand Ltd"):
            session.add(models.Organization(name=name, type="Customer"))
    walker.open("/xt/historical")
    walker.press("Switch to: get from Xero")
    walker.press("Switch to: send to Xero")
    for batch, wanted in ((1, "The next 1"), (1, "End it"), (100, "")):
        walker.page.select_option("[name=module]", "Organizations")
        walker.page.fill("[name=batch]", str(batch))
        walker.press("Count these records")
        _ends(walker)
        now = stage.xt.historical.now()
        assert now is not None
        walker.open("/xt/historical")
        walker.press(wanted or f"The next {now.total}")
        _ends(walker)
    now = stage.xt.historical.now()

    assert now is not None
    assert (now.total, 2, False) == (now.done, now.results["created"], now.is_open)


def takes_a_run_back(walker: Walker) -> None:
    """What the historical sync made is named first, then taken out of Xero again."""
    (run,) = [one for one in walker.stage.xt.sync.runs(5) if one.totals.get("created")][:1]
    walker.stage.xt.sync.ask_undo([run.id], "somebody")
    walker.open(f"/xt/run/{run.id}")
    walker.press("Cancel")
    walker.open(f"/xt/run/{run.id}")
    walker.press("Undo…")
    walker.press("Leave all as it is")
    walker.press("Undo…")
    walker.press("Undo")
    _ends(walker)

    assert "undo" == walker.stage.xt.sync.runs(1)[0].trigger


def begins_anew(walker: Walker) -> None:
    """Asks for the name first; then nothing is linked, and the plan is to be looked at."""
    xt = walker.stage.xt
    walker.open("/xt/connections")
    walker.follow("Change the answers")
    walker.open("/xt/connections")
    walker.press("Connect another organisation")
    walker.page.get_by_role("button", name="Cancel").click()
    walker.page.wait_for_url(f"{walker.stage.crm_url}/**")
    walker.open("/xt/connections")
    walker.press("Begin anew…")
    walker.press("Leave all as it is")
    walker.press("Begin anew…")
    walker.page.fill("#xt-typed-name", xt.connections.get().name)
    walker.press("Forget the links")
    assert "plan" == xt.start.answers().stage
    walker.press("Begin anew…")
    walker.press("Link them again")

    assert "all" == xt.start.answers().stage


def takes_out_of_the_crm(walker: Walker) -> None:
    """Asks for the name first; what went is in a file, and comes back by a press."""
    xt = walker.stage.xt
    one = xt.connections.get()
    xt.sync.ask_wipe(one.name, "somebody", "another plan")
    walker.open(f"/xt/connections/{one.id}/wipe")
    walker.press("Cancel")
    walker.open("/xt/connections")
    walker.press("Take it out of the CRM…")
    walker.press("Leave all as it is")
    walker.press("Take it out of the CRM…")
    walker.page.fill("#xt-typed-name", xt.connections.get().name)
    walker.press("Export, then delete in the CRM")
    _ends(walker)
    assert 1 == len(xt.wipe.before())
    walker.open("/xt/connections")
    walker.press("Take it out of the CRM…")
    walker.press("Bring them back")
    _ends(walker)
    assert [] == xt.wipe.before()


def tells_which_crm(walker: Walker) -> None:
    """A CRM that is another one stops the sync; both answers of the overview let it go on."""
    xt = walker.stage.xt
    for name, answer in (("restored", "This is the same CRM"), ("another", "Forget the links")):
        with walker.stage.sessions() as session, session.begin():
            session.execute(text("UPDATE xt_identity SET id = :id"), {"id": name})
        walker.open("/xt/")
        assert "Syncing is stopped" in walker.page.content()
        if answer == "Forget the links":
            walker.page.locator("input[name=sure]").check()
        walker.press(answer)
        assert xt.links.crm_mismatch() is None
    assert not xt.store.links_by_crm(xt.connections.get().id, "Organizations")
