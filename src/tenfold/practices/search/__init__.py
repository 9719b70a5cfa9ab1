"""Practices of search."""
