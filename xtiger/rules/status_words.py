"""Status words of CRMs: what they mean in several languages, in any spelling, and what is near."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

#: What a word says → the words that say so, and nothing else, in English, German, French, Spanish,
#: Italian, Dutch and Portuguese. Each is one of Xero's words, or what is like an approved invoice.
SAID: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DRAFT": "draft, created, autocreated, entwurf, erstellt, angelegt, brouillon, créée, "
        "créé, borrador, bozza, concept, rascunho",
        "SUBMITTED": "submitted, awaiting approval, eingereicht, zur freigabe, soumise, soumis, à "
        "approuver, in attesa di approvazione",
        "AUTHORISED": "approved, authorised, authorized, genehmigt, freigegeben, approuvée, "
        "approuvé, validée, validé, aprobada, aprobado, approvata, goedgekeurd, aprovada",
        "SENT": "sent, gesendet, versendet, verschickt, envoyée, envoyé, enviada, enviado, "
        "inviata, verzonden, verstuurd",
        "PART_PAID": "partially paid, partly paid, part paid, teilweise bezahlt, teilbezahlt, "
        "partiellement payée, partiellement réglée, parcialmente pagada, parzialmente "
        "pagata, deels betaald, parcialmente paga",
        "PAID": "paid, bezahlt, payée, payé, réglée, acquittée, pagada, pagado, pagata, betaald, "
        "paga",
        "OVERDUE": "overdue, überfällig, ueberfaellig, en retard, échue, vencida, scaduta, "
        "vervallen, achterstallig",
        "VOIDED": "cancel, cancelled, canceled, void, voided, storniert, annulée, annulé, anulada, "
        "annullata, geannuleerd, anulado",
        "CREDIT": "credit invoice",
    }
)
#: The status to send → words that often mean it, and not always: proposed, never taken unasked.
_LIKELY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DRAFT": "new, pending, in progress, in preparation, preparing, neu, in arbeit, nouveau, "
        "nouvelle, en cours, proforma, pro forma, quote, nuevo, nuova",
        "SUBMITTED": "in review, review, to approve, in prüfung, en attente",
        "AUTHORISED": "open, issued, posted, final, finalised, finalized, invoiced, billed, "
        "unpaid, due, outstanding, awaiting payment, confirmed, complete, completed, done, "
        "closed, settled, active, valid, delivered, shipped, printed, offen, gestellt, "
        "gebucht, abgeschlossen, fertig, unbezahlt, fällig, gemahnt, erledigt, ouverte, "
        "émise, comptabilisée, finalisée, impayée, abierta, emitida, pendiente de pago, "
        "aperta, emessa, openstaand, received",
        "VOIDED": "deleted, rejected, withdrawn, written off, gelöscht, abgelehnt, verworfen, "
        "refusée, supprimée, rechazada, rifiutata, void invoice",
        "CREDIT": "credit note, credited, refunded, gutschrift, gutgeschrieben, avoir, "
        "remboursée, nota de crédito, nota di credito",
    }
)
#: What is to be sent for what a word says.
_SENT_AS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("SENT", "PART_PAID", "PAID", "OVERDUE"), "AUTHORISED")
)
#: How much of a word must be alike before it is proposed.
_ALIKE: Final = 0.75


def folded(word: str) -> str:
    """What of a word decides: its letters and digits, without case, accents, blanks and dashes."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(one for one in plain if one.isalnum())


def _index(words: Mapping[str, str]) -> dict[str, str]:
    return {folded(one): said for said, texts in words.items() for one in texts.split(",")}


_KNOWN: Final[Mapping[str, str]] = MappingProxyType(_index(SAID))
_PROPOSED: Final[Mapping[str, str]] = MappingProxyType(_index(_LIKELY))


def says(word: str) -> str:
    """What a status word says: one of Xero's words, OVERDUE or CREDIT; "" for an unknown one."""
    return _KNOWN.get(folded(word), "")


def sent_as(word: str) -> str:
    """The status of Xero that a word means on its own; "" for an unknown one."""
    said = says(word)
    return _SENT_AS.get(said, said)


def chosen_for(word: str, chosen: Mapping[str, str]) -> str:
    """What a table says of a word, in whatever case it stands there; "" where it says nothing."""
    exact = chosen.get(word)
    if exact is not None:
        return exact
    wanted = folded(word)
    return next((value for key, value in chosen.items() if folded(key) == wanted), "")


def is_among(word: str, words: Iterable[str]) -> bool:
    """Whether a word is one of these, or says in another language what one of them says."""
    said = says(word)
    return any(folded(word) == folded(one) or (said and said == says(one)) for one in words)


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A status word of the CRM without meaning, and the nearest that it may mean; "" for none."""

    word: str
    nearest: str


def nearest(word: str) -> str:
    """The status that an unknown word most likely means, for a person to confirm; "" for none."""
    wanted = folded(word)
    likely = _PROPOSED.get(wanted)
    if likely is not None:
        return likely
    found = get_close_matches(wanted, [*_KNOWN, *_PROPOSED], n=1, cutoff=_ALIKE)
    if not found:
        return ""
    said = _KNOWN.get(found[0]) or _PROPOSED[found[0]]
    return _SENT_AS.get(said, said)


def unknown_words(words: Iterable[str], chosen: Mapping[str, str]) -> list[UnknownWord]:
    """Each word that means nothing yet, once, with its nearest proposal."""
    found: dict[str, str] = {}
    for one in words:
        found.setdefault(folded(one), one)
    return [
        UnknownWord(one, nearest(one))
        for one in found.values()
        if one and not chosen_for(one, chosen) and not sent_as(one)
    ]
