"""Realistic rows in any number, for tests under load."""
