"""The accounting API: the way of a call, and what all kinds share."""
