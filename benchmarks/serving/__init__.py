"""What the benchmarks of a running stack share: an example project, a load, the processors' time."""
