"""Reviewers in the order of their work, computed by the database."""
