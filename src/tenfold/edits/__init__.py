"""Text changes as values; `apply` is the one writer (atomic, undoable)."""
