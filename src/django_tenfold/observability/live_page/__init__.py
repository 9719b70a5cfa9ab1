"""The staff page `/-/tenfold/`: what this host does now and did in the last minutes, in charts and tables."""
