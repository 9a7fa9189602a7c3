"""Everything that waits: network, clock, terminal, mail server."""
