"""The words by which Xero says that a record is gone."""

from __future__ import annotations

#: What of a Xero record says that it is not to be used any more.
GONE_STATUSES = frozenset({"ARCHIVED", "DELETED", "VOIDED", "GDPRREQUEST"})
