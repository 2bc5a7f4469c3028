"""The core of a Python package index: use cases and ports, free of any framework and of any I/O."""

__version__ = "0.1.0"
