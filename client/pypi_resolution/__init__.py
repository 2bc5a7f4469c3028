"""Which distributions satisfy a set of requirements, for which Python and platform."""
