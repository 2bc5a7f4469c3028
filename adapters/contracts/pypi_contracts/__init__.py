"""For whoever writes an adapter or tests against the core: ports in memory, builders, contract suites."""
