"""Practices about cache."""
