"""RUN: a project's production topology as services, described as data; `runner` alone starts processes."""
