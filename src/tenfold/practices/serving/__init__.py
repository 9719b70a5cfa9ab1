"""Practices about serving."""
