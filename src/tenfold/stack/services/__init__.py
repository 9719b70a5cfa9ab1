"""The services of the stack: one folder each, found by `tenfold.stack.catalogue`, nothing to register."""
