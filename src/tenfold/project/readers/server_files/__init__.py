"""The servers' own configuration, one file per kind of server."""
