"""The hooks file that several practices' fixes make: one text, so that their changes are one change."""

from __future__ import annotations

HOOKS_PATH = ".pre-commit-config.yaml"
_CONFIGURATION = """repos:
  - repo: https://github.com/pre-commit/pre-commit-hooks
    rev: v6.0.0
    hooks:
      - id: check-added-large-files
      - id: check-merge-conflict
      - id: detect-private-key
      - id: end-of-file-fixer
      - id: trailing-whitespace
  - repo: https://github.com/astral-sh/ruff-pre-commit
    rev: v0.14.0
    hooks:
      - id: ruff-check
      - id: ruff-format
  - repo: local
    hooks:
      - id: missing-migrations
        name: missing migrations
        entry: python {manage} makemigrations --check --dry-run
        language: system
        pass_filenames: false
        files: models
"""


def hooks_configuration(manage: str) -> str:
    """The file's text: layout, secrets, formatting, and missing migrations asked of `manage` (its path)."""
    return _CONFIGURATION.format(manage=manage)
