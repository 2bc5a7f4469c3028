"""The command ``pypi-cli``."""

from pypi_tool.main import main

__all__ = ["main"]
