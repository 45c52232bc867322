"""What an administrator with a browser decides by a file, by row, by version and by template."""

from __future__ import annotations

from tests.browser.walker import Walker


def keeps_a_file(walker: Walker) -> None:
    """The configuration is downloaded, changed in an editor, looked at, and applied."""
    walker.open("/xt/configuration")
    text = walker.download("Download the file")
    changed = text.replace(b'conflict = "ask"', b'conflict = "newest"', 1)
    for press in ("Leave all as it is", "Apply all of it"):
        walker.page.get_by_label("File").set_input_files(
            {"name": "xero.toml", "mimeType": "application/toml", "buffer": changed}
        )
        walker.press("Show what it changes")
        walker.press(press)
    assert changed == walker.download("Download the file")


def maps_fields(walker: Walker) -> None:
    """A field goes, is matched again, moved, returned to; a template is kept, shown, forgotten."""
    xt = walker.stage.xt
    before = xt.mappings.unmap_field("Products", "SalesDetails.UnitPrice").version - 1
    for press in ("Add all that match", "Save this choice", "Save"):
        walker.open("/xt/modules/Products/fields")
        walker.press(press)
    walker.press("Versions")
    walker.press("Return to this version")
    first, *_others = xt.mappings.versions("Products")
    assert "SalesDetails.UnitPrice" not in {row.xero for row in first.mapping.rows}
    xt.mappings.return_to("Products", before)
    for press in ("↓", "↑"):
        walker.open("/xt/modules/Products/fields")
        walker.press(press)
    walker.open("/xt/configuration")
    walker.page.get_by_label("Keep what the modules").fill("Our way")
    walker.press("Keep as a template")
    walker.press("Show what the template changes")
    walker.press("Forget")


def lets_mails_come(walker: Walker) -> None:
    """Somebody gets mails, other ones, reads what they would say, and gets none any more."""
    walker.open("/xt/mails")
    walker.page.fill("#xt-new", "books@crm.example")
    assert "books@crm.example" in walker.press("Add the address")
    walker.page.select_option("#xt-mail-1-every", "never")
    walker.press("Save")
    assert ["never"] == [one.every for one in walker.stage.xt.mails.recipients()]
    walker.press("What it would say now")
    walker.press("Take away")
    assert [] == walker.stage.xt.mails.recipients()


def lets_a_system_get_messages(walker: Walker) -> None:
    """One is added, gets others and another secret, and nothing any more."""
    walker.open("/xt/receivers")
    walker.page.fill("#xt-new", "http://127.0.0.1:9/xero")
    walker.press("Add the receiver")
    assert "whsec_" in walker.page.content()
    assert "cannot be reached" in walker.press("Send a test")
    walker.press("Make a new secret")
    walker.page.uncheck("#xt-receiver-1 ~ form input[value=alert]")
    walker.press("Save")
    (one,) = walker.stage.xt.receivers.all()
    assert "alert" not in one.events
    walker.press("Take away")
    assert [] == walker.stage.xt.receivers.all()


def erases_a_person(walker: Walker) -> None:
    """All of a customer is downloaded, then erased by its name, and its mark is released."""
    walker.open("/xt/privacy")
    walker.page.fill("#xt-person", "Organizations:3")
    walker.press("Find")
    kept = walker.download("Download all that is kept")
    walker.press("Erase")
    walker.press("Leave all as it is")
    walker.open("/xt/privacy/erase?person=Organizations:3")
    name = walker.stage.xt.privacy.find("Organizations:3")[0].name
    assert name.encode() in kept
    walker.page.fill("#xt-typed-name", name)
    assert walker.press("Erase") == "Erased."
    assert "released" in walker.press("Release the mark")
