"""Why two records look alike, and what may be answered, in sentences that are translated."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from xtiger.model.matching.twins import Reason, TwinAnswer

#: Why they look alike, or may not be one.
REASON_WORDS: Mapping[Reason, str] = MappingProxyType(
    {
        "same_tax_number": "the same tax number",
        "same_number": "the same number or code",
        "same_name": "the same name",
        "near_name": "the same name but for accents, signs or legal form",
        "word_order": "the same words in another order",
        "spelled_alike": "nearly the same spelling",
        "same_email": "the same e-mail address",
        "same_phone": "the same telephone number",
        "same_domain": "e-mail addresses of one firm",
        "shared_word": "a word of the name in common",
        "same_place": "the same postal code or town",
        "other_tax_number": "but another tax number",
        "other_number": "but another number",
    }
)
#: What each answer is for.
ANSWER_WORDS: Mapping[TwinAnswer, str] = MappingProxyType(
    {
        "link": "The same: link both",
        "alias": "The same once more: make it an alias",
        "merge": "The same: merge both in Xero",
        "different": "Different: never propose them again",
    }
)
#: What came of each answer.
ANSWERED_WORDS: Mapping[TwinAnswer, str] = MappingProxyType(
    {
        "link": "They are linked. The next sync compares both.",
        "alias": "It is an alias now: it stands for the same and is not merged.",
        "merge": "Merge both contacts in Xero, in the menu of either. The next sync follows the "
        "one that is left.",
        "different": "They are different: nobody is asked about them again.",
    }
)
