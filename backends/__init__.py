"""The backends that come with specc; found through entry points only."""
