"""What marks a record as gone on a side."""

from __future__ import annotations

#: In a last seen copy: a later whole read did not have it any more.
GONE = "xtiger.gone"


#: What of a Xero record says that it is not to be used any more.
GONE_STATUSES = frozenset({"ARCHIVED", "DELETED", "VOIDED", "GDPRREQUEST"})
