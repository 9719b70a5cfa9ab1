"""Everything of the stack that touches the world: processes, sockets, ports, files below .tenfold/."""
