"""SQLite is the only state. One file per kind of row; SQL nowhere else.

Every write happens inside `Store.transaction()`, is short, and never waits for the network.
"""
