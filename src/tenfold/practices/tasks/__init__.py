"""Practices about tasks."""
