"""Practices about accounts."""
