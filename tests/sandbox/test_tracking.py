"""Claims about tracking categories, contact groups and branding themes."""

from __future__ import annotations

from typing import Any

import simplejson
from werkzeug.test import TestResponse

from tests.sandbox.client import Client
from xtiger.sandbox.accounting import messages


def _json(answer: TestResponse) -> Any:
    return simplejson.loads(answer.text)


def category(client: Client, name: str, *options: str) -> str:
    """The id of a new category with options."""
    made = str(client.put("TrackingCategories", {"Name": name})[0]["TrackingCategoryID"])
    for option in options:
        answer = client.call("PUT", f"TrackingCategories/{made}/Options", {"Name": option})
        assert 200 == answer.status_code
    return made


def _options(client: Client, made: str) -> list[dict[str, str]]:
    found = client.get(f"TrackingCategories/{made}")["TrackingCategories"][0]["Options"]
    return list(found)


def test_options_are_made_renamed_and_deleted(client: Client) -> None:
    """Options stand in their category."""
    made = category(client, "Region", "North", "South")
    first = _options(client, made)[0]["TrackingOptionID"]
    path = f"TrackingCategories/{made}/Options/{first}"
    client.call("POST", path, {"Name": "East"})
    renamed = [row["Name"] for row in _options(client, made)]
    gone = _json(client.call("DELETE", path))["Options"][0]["Status"]

    assert (["East", "South"], "DELETED", ["South"]) == (
        renamed,
        gone,
        [row["Name"] for row in _options(client, made)],
    )


def test_two_categories_are_active_at_most(client: Client) -> None:
    """A third one waits until one is archived; archived ones need includeArchived."""
    first = category(client, "A")
    category(client, "B")
    third = client.errors("PUT", "TrackingCategories", {"Name": "C"})
    client.post(f"TrackingCategories/{first}", {"Status": "ARCHIVED"})
    category(client, "C")
    names = [
        sorted(
            row["Name"] for row in client.get("TrackingCategories", **query)["TrackingCategories"]
        )
        for query in ({}, {"includeArchived": "true"})
    ]

    assert [messages.OWN_TRACKING_COUNT] == third
    assert [["B", "C"], ["A", "B", "C"]] == names


def test_names_are_unique(client: Client) -> None:
    """Two categories, and two options of one, have different names."""
    made = category(client, "Region", "North")
    again = client.call("PUT", f"TrackingCategories/{made}/Options", {"Name": "north"})

    assert [messages.OWN_TRACKING_TAKEN] == client.errors(
        "PUT", "TrackingCategories", {"Name": "region"}
    )
    assert 400 == again.status_code


def test_lines_take_names_or_ids(client: Client) -> None:
    """A line is answered with ids and names, whichever were sent."""
    made = category(client, "Region", "North")
    option = _options(client, made)[0]["TrackingOptionID"]
    whole = {
        "TrackingCategoryID": made,
        "TrackingOptionID": option,
        "Name": "Region",
        "Option": "North",
    }
    sent = [
        {"Description": "a", "Tracking": [{"Name": "Region", "Option": "North"}]},
        {
            "Description": "b",
            "Tracking": [{"TrackingCategoryID": made, "TrackingOptionID": option}],
        },
        {"Description": "c"},
    ]
    rows = client.put(
        "Invoices", {"Type": "ACCREC", "Contact": {"Name": "Alpha"}, "LineItems": sent}
    )[0]["LineItems"]

    assert [[whole], [whole], []] == [row["Tracking"] for row in rows]


def test_unknown_or_doubled_tracking_is_refused(client: Client) -> None:
    """A line has one active option of a category."""
    category(client, "Region", "North", "South")

    def errors(*pairs: tuple[str, str]) -> list[str]:
        tracking = [{"Name": name, "Option": option} for name, option in pairs]
        line = {"Description": "a", "Tracking": tracking}
        element = {"Type": "ACCREC", "Contact": {"Name": "Alpha"}, "LineItems": [line]}
        return client.errors("PUT", "Invoices", element)

    assert [messages.OWN_TRACKING_UNKNOWN] == errors(("Region", "West"))
    assert [messages.OWN_TRACKING_LINE] == errors(("Region", "North"), ("Region", "South"))


def test_used_category_is_not_deleted(client: Client) -> None:
    """One that a line names stays; an unused one goes."""
    used, free = category(client, "Region", "North"), category(client, "Colour")
    line = {"Description": "a", "Tracking": [{"Name": "Region", "Option": "North"}]}
    client.put("Invoices", {"Type": "ACCREC", "Contact": {"Name": "Alpha"}, "LineItems": [line]})
    codes = [client.call("DELETE", f"TrackingCategories/{key}").status_code for key in (used, free)]

    assert [400, 200] == codes


def test_group_members_come_and_go(client: Client) -> None:
    """Members are added in lists, taken out one by one or all, and shown on both sides."""
    ids = [row["ContactID"] for row in client.put("Contacts", {"Name": "A"}, {"Name": "B"})]
    group = client.put("ContactGroups", {"Name": "VIP"})[0]["ContactGroupID"]
    path = f"ContactGroups/{group}"
    body = {"Contacts": [{"ContactID": key} for key in ids]}
    added = client.call("PUT", f"{path}/Contacts", body)
    inside = [row["Name"] for row in client.get(path)["ContactGroups"][0]["Contacts"]]
    shown = client.get(f"Contacts/{ids[0]}")["Contacts"][0]["ContactGroups"]
    out = client.call("DELETE", f"{path}/Contacts/{ids[0]}").status_code
    again = client.call("DELETE", f"{path}/Contacts/{ids[0]}").status_code
    left = [row["Name"] for row in client.get(path)["ContactGroups"][0]["Contacts"]]
    all_out = client.call("DELETE", f"{path}/Contacts").status_code

    assert (200, ["A", "B"], ["VIP"]) == (added.status_code, inside, [row["Name"] for row in shown])
    assert (204, 404, ["B"], 204) == (out, again, left, all_out)
    assert [] == client.get(path)["ContactGroups"][0]["Contacts"]


def test_group_rules(client: Client) -> None:
    """Names are unique, strangers cannot be added, deleted groups are not listed."""
    group = client.put("ContactGroups", {"Name": "VIP"})[0]["ContactGroupID"]
    taken = client.errors("PUT", "ContactGroups", {"Name": "vip"})
    stranger = {"Contacts": [{"ContactID": group}]}
    refused = client.call("PUT", f"ContactGroups/{group}/Contacts", stranger)
    client.post(f"ContactGroups/{group}", {"Status": "DELETED"})

    assert ([messages.OWN_GROUP_TAKEN], 400) == (taken, refused.status_code)
    assert [] == client.get("ContactGroups")["ContactGroups"]


def test_hundred_groups_are_the_limit(client: Client) -> None:
    """The 101st group is refused in Xero's words."""
    for number in range(100):
        client.sandbox.add("ContactGroups", {"Name": f"G{number}"})

    assert [messages.GROUP_COUNT] == client.errors("PUT", "ContactGroups", {"Name": "one more"})


def test_themes_are_read_only_and_checked(client: Client) -> None:
    """The default has SortOrder 0; an invoice takes a theme that exists."""
    themes = client.get("BrandingThemes")["BrandingThemes"]
    element = {"Type": "ACCREC", "Contact": {"Name": "Alpha"}}
    theme = {"BrandingThemeID": themes[1]["BrandingThemeID"]}
    made = client.put("Invoices", element | theme)[0]
    wrong = client.errors("PUT", "Invoices", element | {"BrandingThemeID": made["InvoiceID"]})

    assert [0, 1] == sorted(row["SortOrder"] for row in themes)
    assert theme["BrandingThemeID"] == made["BrandingThemeID"]
    assert [messages.OWN_THEME] == wrong
    assert 501 == client.call("PUT", "BrandingThemes", {"Name": "x"}).status_code


def test_single_theme_by_id(client: Client) -> None:
    """One theme is read by its id."""
    theme = client.get("BrandingThemes")["BrandingThemes"][0]
    answer = client.call("GET", f"BrandingThemes/{theme['BrandingThemeID']}")

    assert [theme] == simplejson.loads(answer.text)["BrandingThemes"]
