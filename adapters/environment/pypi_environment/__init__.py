"""Time, randomness, passwords, descriptions and remembered pages."""
