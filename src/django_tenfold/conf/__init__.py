"""Settings: a project's own from the environment, and the blocks' own from the project's settings."""
