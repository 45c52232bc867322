"""`xtiger calls`: what was asked of Xero by kind and day, and what it costs."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from xtiger.cli.app import App
from xtiger.console import json_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xtiger.model.calls import Traffic
    from xtiger.model.connections import Connection
    from xtiger.xero.egress import Tier

_MEGABYTE = Decimal(10**6)


@click.command()
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 92))
@click.option(
    "--tier",
    type=click.Choice(["starter", "core", "plus", "advanced"]),
    help="Another tier than the settings say, to compare prices.",
)
@json_option
@click.pass_obj
def calls(app: App, days: int, tier: str | None) -> None:
    """Show calls and bytes by kind, and what the bytes cost."""
    # requests is slow to load.
    from xtiger.xero.egress import TIERS, charged_bytes, month_at_this_pace

    now = app.xt.clock.now()
    since = datetime.combine(now.date() - timedelta(days=days - 1), time(), now.tzinfo)
    wanted = app.connection_id()
    found = [
        (one, app.xt.store.traffic(one.id, since))
        for one in app.xt.connections.all()
        if wanted in (None, one.id)
    ]
    every = [row for _, rows in found for row in rows]
    first = min((row.day for row in every), default=now.date())
    charged = charged_bytes(every)
    month = month_at_this_pace(charged, first, now.date())
    chosen = TIERS[tier or app_tier(app, [one for one, _ in found])]
    if app.as_json:
        app.emit(
            {
                "since": since,
                "connections": [_describe(one, rows) for one, rows in found],
                "charged_bytes": charged,
                "month_bytes": month,
                "tier": chosen.name,
                "prices_aud": {name: one.month(month) for name, one in TIERS.items()},
            }
        )
        return
    _show(app, every, days)
    _price(app, chosen, month)


def app_tier(app: App, connections: Sequence[Connection]) -> str:
    """The tier of the settings; else starter, or the smallest paid one where Xero allowed more."""
    from xtiger.xero.health import connection_health

    if app.xt.settings.xero_tier:
        return app.xt.settings.xero_tier
    seen = (connection_health(app.xt.store, app.xt.clock, one).outlook for one in connections)
    return "core" if any(one is not None and one.tier != "starter" for one in seen) else "starter"


def _describe(connection: Connection, rows: Iterable[Traffic]) -> dict[str, Any]:
    return {
        "id": connection.id,
        "name": connection.name,
        "days": [
            {
                "day": row.day,
                "kind": row.kind,
                "calls": row.calls,
                "sent_bytes": row.sent_bytes,
                "received_bytes": row.received_bytes,
            }
            for row in rows
        ],
    }


def _show(app: App, rows: Sequence[Traffic], days: int) -> None:
    _ = app.words.translate
    if not rows:
        app.say(_("Xero was not called in these days."))
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns, count

    today = app.xt.clock.now().date()
    table = columns(
        _("Kind"),
        numbers=(
            _("calls today"),
            app.words.sentence("calls, {days} days", days=days),
            _("MB sent"),
            _("MB received"),
        ),
    )
    for kind in sorted({row.kind for row in rows}):
        mine = [row for row in rows if row.kind == kind]
        table.add_row(
            kind,
            count(app, sum(row.calls for row in mine if row.day == today)),
            count(app, sum(row.calls for row in mine)),
            _megabytes(app, sum(row.sent_bytes for row in mine)),
            _megabytes(app, sum(row.received_bytes for row in mine)),
        )
    app.console.print(table)


def _megabytes(app: App, size: int) -> str:
    return app.words.number((size / _MEGABYTE).quantize(Decimal("0.1")))


def price_of(app: App, connections: Sequence[Connection]) -> dict[str, Any]:
    """What the last 30 days out of Xero would cost a month on the app's tier, for --json."""
    from xtiger.xero.egress import TIERS, charged_bytes, month_at_this_pace

    now = app.xt.clock.now()
    since = datetime.combine(now.date() - timedelta(days=29), time(), now.tzinfo)
    rows = [row for one in connections for row in app.xt.store.traffic(one.id, since)]
    first = min((row.day for row in rows), default=now.date())
    month = month_at_this_pace(charged_bytes(rows), first, now.date())
    tier = TIERS[app_tier(app, connections)]
    return {"tier": tier.name, "month_bytes": month, "price_aud": tier.month(month)}


def say_price(app: App, connections: Sequence[Connection]) -> None:
    """The same as a sentence."""
    from xtiger.xero.egress import TIERS

    found = price_of(app, connections)
    _price(app, TIERS[found["tier"]], found["month_bytes"])


def _price(app: App, tier: Tier, month_bytes: int) -> None:
    gigabytes = app.words.number((Decimal(month_bytes) / 10**9).quantize(Decimal("0.001")))
    price = app.words.money(tier.month(month_bytes), "AUD")
    if tier.included_gigabytes is None:
        app.say(
            app.words.sentence(
                "{size} GB a month out of Xero at this pace; the {tier} tier costs {price}, "
                "whatever the size.",
                size=gigabytes,
                tier=tier.name.title(),
                price=price,
            )
        )
        return
    app.say(
        app.words.sentence(
            "{size} GB a month out of Xero at this pace; the {tier} tier then costs {price} "
            "({included} GB are included, for all organisations of the app).",
            size=gigabytes,
            tier=tier.name.title(),
            price=price,
            included=app.words.number(tier.included_gigabytes),
        )
    )
