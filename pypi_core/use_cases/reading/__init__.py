"""What callers may ask."""
