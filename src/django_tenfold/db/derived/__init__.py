"""Columns that the database derives from other tables, kept by triggers."""
