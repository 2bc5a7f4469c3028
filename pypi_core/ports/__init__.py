"""What the core asks of the outside: each docstring is a contract, tested by a suite in `pypi_core.testing`."""
