"""Descriptions of projects as HTML."""

from __future__ import annotations

import html
import logging
import sys
from collections import OrderedDict
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

from pypi_core.domain.descriptions import RenderedDescription
from pypi_core.ports.environment import DescriptionRenderer
from pypi_environment.rendering_pool import RenderingPool
from pypi_environment.rendering_process import Rendered, RenderingExceeded, RenderingFailed, RenderingLimits

_log = logging.getLogger(__name__)

# In characters; what is longer is not written for reading.
_LONGEST = 1024 * 1024
_MOST_REMEMBERED = 1000
_MARKUPS = {"": "rst", "text/x-rst": "rst", "text/markdown": "markdown"}
_VARIANTS = {"gfm": "GFM", "commonmark": "CommonMark"}


class ReadmeRenderer:
    """
    Render reStructuredText and Markdown as the public index does, and sanitise the result.

    A text that is very long or of an unknown content type is shown as plain text.  So is one
    that takes too much time or memory, which is a problem with the text.  Problems and recent results are
    remembered: the files of a release have the same text.  Rendering happens in up to *processes*
    processes, run by *python*, an interpreter that has this package's dependencies.
    """

    def __init__(
        self, python: str = sys.executable, limits: RenderingLimits | None = None, processes: int = 1
    ) -> None:
        self._pool = RenderingPool(python, limits or RenderingLimits(), processes)
        self._known_problems = _KnownProblems()
        self._recent = _RecentResults()

    def render(self, text: str, content_type: str) -> RenderedDescription:
        media_type, parameters = _parsed(content_type)
        markup = _MARKUPS.get(media_type)
        # Halves of surrogate pairs, which JSON can bring, could not be sent to a browser.
        text = text.encode("utf-8", "replace").decode()
        if not text.strip():
            return RenderedDescription("")
        if markup is None or len(text) > _LONGEST:
            return _plain(text)
        return self._rendered(text, markup, _VARIANTS.get(parameters.get("variant", "").lower(), "GFM"))

    def _rendered(self, text: str, markup: str, variant: str) -> RenderedDescription:
        key = sha256(f"{markup} {variant}\n{text}".encode()).digest()
        if problem := self._known_problems.find(key):
            return _plain(text, problem)
        if (recent := self._recent.find(key)) is not None:
            return RenderedDescription(recent)
        try:
            rendered = self._pool.render(text, markup, variant)
        except RenderingFailed as failure:
            _log.warning("A description of %d characters is shown as plain text: %s.", len(text), failure)
            if not isinstance(failure, RenderingExceeded):
                return _plain(text)
            rendered = Rendered(None, str(failure))
        if rendered.html is not None:
            self._recent.remember(key, rendered.html)
            return RenderedDescription(rendered.html)
        self._known_problems.remember(key, rendered.problem)
        return _plain(text, rendered.problem)


class _KnownProblems:
    """What was wrong with the texts that did not render lately, by their digests."""

    def __init__(self) -> None:
        self._problems: OrderedDict[bytes, str] = OrderedDict()
        self._lock = Lock()

    def find(self, key: bytes) -> str:
        with self._lock:
            return self._problems.get(key, "")

    def remember(self, key: bytes, problem: str) -> None:
        with self._lock:
            self._problems[key] = problem
            if len(self._problems) > _MOST_REMEMBERED:
                self._problems.popitem(last=False)


class _RecentResults:
    """What texts were rendered to lately, by their digests; so many characters in all."""

    def __init__(self) -> None:
        self._results: OrderedDict[bytes, str] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def find(self, key: bytes) -> str | None:
        with self._lock:
            return self._results.get(key)

    def remember(self, key: bytes, result: str) -> None:
        with self._lock:
            if key in self._results:
                return
            self._results[key] = result
            self._size += len(result)
            while self._size > _LONGEST:
                self._size -= len(self._results.popitem(last=False)[1])


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
