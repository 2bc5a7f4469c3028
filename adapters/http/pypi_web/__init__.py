"""The frontend for people: server-rendered pages that need no script."""

from pypi_web.frontend import frontend

__all__ = ["frontend"]
