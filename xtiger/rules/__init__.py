"""Pure decisions: merge, matching, money, taxes, accounts, status, lines, routing, catalogue."""
