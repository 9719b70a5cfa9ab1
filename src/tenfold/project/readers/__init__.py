"""One file per kind of fact; the only code that reads a project from disk or runs its interpreter."""
