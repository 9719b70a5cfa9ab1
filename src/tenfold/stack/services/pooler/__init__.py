"""PgBouncer, between the project's processes and PostgreSQL."""
