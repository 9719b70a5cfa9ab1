"""What production asks of a running site: who asked what, how long it took, which query was slow, what failed."""
