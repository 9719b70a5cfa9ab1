"""Practices about settings."""
