"""The shared sync engine: observe both sides, plan as data, carry out, remember."""
