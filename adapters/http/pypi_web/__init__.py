"""The frontend for people: server-rendered pages that need no script."""

from pypi_web.frontend import frontend
from pypi_web.pages.refusals import refusal_page

__all__ = ["frontend", "refusal_page"]
