"""Background tasks that survive: sent on commit, run again when a worker dies, their effect once."""
