"""A Vtiger that answers as a stock Vtiger 8.1 does, pitfalls included, for tests."""
