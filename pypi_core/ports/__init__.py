"""What the core asks of the outside: each docstring is a contract, held by `pypi_contracts.suites`."""
