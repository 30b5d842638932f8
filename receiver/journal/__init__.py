"""The append-only journal: the single source of truth."""
