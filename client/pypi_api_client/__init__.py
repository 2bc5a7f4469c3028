"""A client for Python package indexes."""
