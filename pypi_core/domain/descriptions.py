"""Descriptions of projects as HTML."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class RenderedDescription(msgspec.Struct, frozen=True):
    """
    A description as sanitised HTML, safe to show on a page of ours.

    *problem* says why the text does not render as its content type, and is empty where it
    does; *html* then shows it as plain text.
    """

    html: str
    problem: str = ""


RenderDescriptionText = Callable[[str, str], RenderedDescription]
"""Renders a text of a content type, see `DescriptionRenderer.render`."""
