"""Practices about observability."""
