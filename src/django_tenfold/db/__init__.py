"""Writes and reads of many rows: in batches, by what changed, with figures made in the database."""
