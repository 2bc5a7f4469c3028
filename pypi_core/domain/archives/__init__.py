"""What is in a wheel or an sdist, read from a stream without extracting anything."""
