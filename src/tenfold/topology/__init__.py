"""SIZE: pure arithmetic of the production topology: timeouts and connections, each with its reason."""
