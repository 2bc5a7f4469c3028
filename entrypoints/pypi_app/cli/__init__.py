"""The command ``pypi-cli``."""

from pypi_app.cli.main import main

__all__ = ["main"]
