"""The project's own commands: migrate, carry data over, collect static files, prepare, load fixtures."""
