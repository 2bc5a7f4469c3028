"""Documentation of releases."""
