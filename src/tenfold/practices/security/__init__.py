"""Practices about security."""
