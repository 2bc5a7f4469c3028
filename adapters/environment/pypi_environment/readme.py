"""Descriptions of projects as HTML."""

from __future__ import annotations

import html
import logging
import sys
from typing import TYPE_CHECKING

from pypi_core.domain.descriptions import RenderedDescription
from pypi_core.ports.environment import DescriptionRenderer
from pypi_environment.rendering_process import RenderingFailed, RenderingLimits, RenderingProcess

_log = logging.getLogger(__name__)

# In characters; what is longer is not written for reading.
_LONGEST = 1024 * 1024
_MARKUPS = {"": "rst", "text/x-rst": "rst", "text/markdown": "markdown"}
_VARIANTS = {"gfm": "GFM", "commonmark": "CommonMark"}


class ReadmeRenderer:
    """
    Render reStructuredText and Markdown as the public index does, and sanitise the result.

    A text that is very long, or takes more than seconds or much memory to render, is shown
    as plain text, and so is one of an unknown content type.  Rendering goes on in a process
    of its own, run by *python*, an interpreter that has this package's dependencies.
    """

    def __init__(self, python: str = sys.executable, limits: RenderingLimits | None = None) -> None:
        self._process = RenderingProcess(python, limits or RenderingLimits())

    def render(self, text: str, content_type: str) -> RenderedDescription:
        """Return *text* as HTML, see `DescriptionRenderer.render`."""
        media_type, parameters = _parsed(content_type)
        markup = _MARKUPS.get(media_type)
        # Halves of surrogate pairs, which JSON can bring, could not be sent to a browser.
        text = text.encode("utf-8", "replace").decode()
        if not text.strip():
            return RenderedDescription("")
        if markup is None or len(text) > _LONGEST:
            return _plain(text)
        try:
            rendered = self._process.render(
                text, markup, _VARIANTS.get(parameters.get("variant", "").lower(), "GFM")
            )
        except RenderingFailed as failure:
            _log.warning("A description of %d characters is shown as plain text: %s.", len(text), failure)
            return _plain(text)
        if rendered.html is None:
            # Only reStructuredText can be wrong; where another renderer fails, that is its own fault.
            return _plain(text, rendered.problem if markup == "rst" else "")
        return RenderedDescription(rendered.html)


def _plain(text: str, problem: str = "") -> RenderedDescription:
    return RenderedDescription(f"<pre>{html.escape(text)}</pre>", problem)


def _parsed(content_type: str) -> tuple[str, dict[str, str]]:
    """Split a content type, passing over what makes no sense: people write these by hand."""
    media_type, *rest = content_type.split(";")
    parameters = {}
    for each in rest:
        name, _, value = each.partition("=")
        parameters[name.strip().lower()] = value.strip().strip("\"'")
    return media_type.strip().lower(), parameters


if TYPE_CHECKING:
    _: type[DescriptionRenderer] = ReadmeRenderer
