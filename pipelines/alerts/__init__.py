"""Alerts: born with the article that sets them off, composed from rows, delivered by a ledger. Sends nothing itself."""
