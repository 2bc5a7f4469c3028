"""Every port in memory: real enough to pass the contract suites, fast enough for unit tests."""
