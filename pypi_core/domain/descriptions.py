"""Descriptions of projects as HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

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

# Of sanitised HTML alone: there every quote and every "<" of a text is escaped.
_TAG = re.compile(r'<(?P<end>/?)(?P<name>a|img)(?P<attributes>(?:\s(?:[^">]|"[^"]*")*)?)>')
_ATTRIBUTE = re.compile(r'\s(src|alt)="([^"]*)"')
_REMOTE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//|\s*https?:", re.IGNORECASE)


def hide_remote_images(html: str) -> str:
    """
    Return sanitised HTML with a link in place of each image of another host.

    The link shows the alternative text of the image, or else its address.  Inside another link,
    which leads where it led, that text alone takes its place.
    """
    open_links = 0

    def replaced(tag: re.Match[str]) -> str:
        nonlocal open_links
        if tag["name"] == "a":
            open_links += -1 if tag["end"] else 1
            return tag[0]
        attributes = dict(_ATTRIBUTE.findall(tag["attributes"]))
        address = unescape(attributes.get("src", ""))
        if not _REMOTE.match(address):
            return tag[0]
        text = escape(unescape(attributes.get("alt", "")).strip() or address)
        if open_links > 0:
            return text
        return f'<a href="{escape(address)}" rel="nofollow noreferrer">{text}</a>'

    return _TAG.sub(replaced, html)
