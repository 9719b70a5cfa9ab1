"""Practices about database."""
