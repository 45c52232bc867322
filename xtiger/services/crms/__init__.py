"""CRMs that are reached over a network, with what opens them kept encrypted in the home."""
