"""A town of firms with planted twins: the same firm as two people entered it on two sides."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate, product

from xtiger.rules.twins.finder import Both
from xtiger.rules.twins.look import Look

_SYLLABLES = (
    "bra clu dov fen gil hus jok kel lom mar nid pos quen rab stu tev wag zir",
    "and ber cul dom elk fos gin hub ild kes lur mev noc paf rid sot tul wex",
    "ash bem cro dit efu gol han ivo jup kon lis mub nap orr pel rus sav tig",
    "berg court dale eros feld gard ham ick jy ko ley mann nou pov ton vic wyz zq",
)
_TRADE_WORDS = (
    "Bakery Plumbing Roofing Consulting Logistics Print Electric Motors Joinery Catering "
    "Software Design Travel Optics Dental Gardens Textiles Steel Marine Médias"
)
_TRADES = _TRADE_WORDS.split()
_TOWN_WORDS = (
    "Leeds Oxford Hamburg Toulouse Verona Utrecht Uppsala Boston Perth Gdańsk Dundee Bremen "
    "Nantes Torino Breda Malmö Denver Hobart Lublin Cardiff"
)
_TOWNS = _TOWN_WORDS.split()
_FORMS = ("Ltd", "GmbH", "SARL", "S.p.A.", "B.V.", "AB", "Inc.", "Pty Ltd", "Sp. z o.o.", "")


@dataclass(frozen=True, slots=True)
class Town:
    """Firms of both sides, and which of them are one."""

    looks: tuple[Look, ...]
    #: Each planted pair → how it was disguised.
    planted: dict[Both, str]


def town(count: int, seed: int = 7) -> Town:
    """So many records, one in ten of them a twin of another, in all disguises in turn."""
    dice = random.Random(seed)
    names = _names(dice)
    firms = [_firm(dice, at, next(names)) for at in range(count - count // 10)]
    looks, planted = list(firms), dict[Both, str]()
    disguises = list(_DISGUISES.items())
    for at in range(count // 10):
        how, disguise = disguises[at % len(disguises)]
        own = firms[at * 9]
        # One in five stands twice on its own side.
        side = own.side if at % 5 == 0 else "xero" if own.side == "crm" else "crm"
        twin = replace(disguise(dice, own), side=side, id=f"t{at}")
        looks.append(twin)
        planted[frozenset({own.key, twin.key})] = how
    dice.shuffle(looks)
    return Town(tuple(looks), planted)


def _names(dice: random.Random) -> Iterator[str]:
    """Names of firms: some families are in every street, most are not; no two firms have one."""
    families = _families()
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(families))))
    seen: set[str] = set()
    while True:
        (family,) = dice.choices(families, cum_weights=weights)
        name = f"{family} {dice.choice(_TRADES)} {dice.choice(_TOWNS)}"
        if name not in seen:
            seen.add(name)
            yield name


@cache
def _families() -> tuple[str, ...]:
    """Names of families that differ in two syllables at least: none is another's misspelling."""
    first, second, third, last = (part.split(" ") for part in _SYLLABLES)
    found = [
        f"{first[i]}{second[j]}{third[k]}{last[(i + j + k) % len(last)]}".title()
        for i, j, k in product(range(len(first)), range(len(second)), range(len(third)))
    ]
    random.Random(1).shuffle(found)
    return tuple(found)


def _firm(dice: random.Random, at: int, name: str) -> Look:
    family = _bare(name.partition(" ")[0]).lower()
    free = at % 4 == 0
    return Look(
        "crm" if at % 2 else "xero",
        f"f{at}",
        f"{name} {dice.choice(_FORMS)}".strip(),
        emails=(f"{family}{at}@gmail.com" if free else f"info@{family}-{at}.example",),
        phones=(f"+44 (0){dice.randrange(10**9, 10**10)}",),
        tax_number=f"GB{dice.randrange(10**8, 10**9)}" if at % 3 == 0 else "",
        place=f"{dice.choice('ABCDE')}{dice.randrange(10, 99)}",
    )


def _bare(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in flat if not unicodedata.combining(sign))


def _only(own: Look, name: str = "") -> Look:
    """The firm as somebody entered it who knew its name alone."""
    return Look(own.side, own.id, name or own.name)


def _slip(dice: random.Random, own: Look) -> Look:
    """A letter left out, doubled, changed or swapped in the name of the family."""
    family, rest = own.name.split(" ", 1)
    at = dice.randrange(2, len(family) - 1)
    slip = dice.choice("odcs")
    family = {
        "o": family[:at] + family[at + 1 :],
        "d": family[:at] + family[at] + family[at:],
        "c": f"{family[:at]}{'y' if family[at] != 'y' else 'x'}{family[at + 1 :]}",
        "s": family[: at - 1] + family[at] + family[at - 1] + family[at + 1 :],
    }[slip]
    return _only(own, f"{family} {rest}")


def _moved(dice: random.Random, own: Look) -> Look:
    """The firm under another name, with what is to be found by."""
    return replace(own, name=f"{next(_names(dice))} {dice.choice(_FORMS)}".strip(), place="")


def _merged(dice: random.Random, own: Look) -> Look:
    """The firm after it was merged: the other's name beside its own, at its own domain."""
    other, family = next(_names(dice)).partition(" ")[0], own.name.partition(" ")[0]
    _local, _at, domain = own.emails[0].partition("@")
    email = own.emails[0] if domain == "gmail.com" else f"accounts@{domain}"
    return Look(own.side, own.id, f"{other} {family} Holding", emails=(email,))


def _without_form(own: Look) -> str:
    return " ".join(own.name.split()[:3])


_DISGUISES: dict[str, Callable[[random.Random, Look], Look]] = {
    "spelling": _slip,
    "accents": lambda _dice, own: _only(own, _bare(own.name).upper()),
    "legal form": lambda dice, own: _only(own, f"{_without_form(own)} {dice.choice(_FORMS[:-1])}"),
    "punctuation": lambda _dice, own: _only(own, own.name.replace(" ", " - ", 1) + "."),
    "word order": lambda _dice, own: _only(own, ", ".join(_without_form(own).split()[::-1])),
    "e-mail": lambda dice, own: replace(
        _moved(dice, own), emails=(own.emails[0].upper(),), phones=(), tax_number=""
    ),
    "phone": lambda dice, own: replace(
        _moved(dice, own), emails=(), tax_number="", phones=(own.phones[0].replace("+44 (0)", "0"),)
    ),
    "tax number": lambda dice, own: (
        replace(_moved(dice, own), emails=(), phones=(), tax_number=own.tax_number)
        if own.tax_number
        else _only(own)
    ),
    "merged firms": _merged,
}
