"""Cached views, fragments, rows and values that a change in the database takes back at once."""
