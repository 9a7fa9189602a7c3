"""Everything that happens to a page once it is here."""
