"""Practices about assets."""
