"""The commands ``pypi-server`` and ``pypi-worker``."""

from pypi_app.server_command.main import main, worker_main

__all__ = ["main", "worker_main"]
