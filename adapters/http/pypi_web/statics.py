"""The files that pages load: style, script and icon."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from typing import Final

from litestar import Response, get

_HEADERS = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}


def _content(name: str) -> bytes:
    return files("pypi_web").joinpath(f"static/{name}").read_bytes()


_STYLESHEET, _SCRIPT, _ICON = _content("style.css"), _content("script.js"), _content("icon.svg")
VERSIONS: Final = {"style": sha256(_STYLESHEET).hexdigest()[:8], "script": sha256(_SCRIPT).hexdigest()[:8]}
"""What is added to the addresses, so that a browser asks for what changed."""


@get("/static/style.css", sync_to_thread=False, include_in_schema=False)
def stylesheet() -> Response[bytes]:
    """Send the style sheet."""
    return Response(_STYLESHEET, media_type="text/css", headers=_HEADERS)


@get("/static/script.js", sync_to_thread=False, include_in_schema=False)
def script() -> Response[bytes]:
    """Send the script."""
    return Response(_SCRIPT, media_type="text/javascript", headers=_HEADERS)


# Browsers ask for the second address by themselves where a page names none: on simple pages, for JSON.
@get(["/static/icon.svg", "/favicon.ico"], sync_to_thread=False, include_in_schema=False)
def icon() -> Response[bytes]:
    """Send the icon of all pages."""
    return Response(_ICON, media_type="image/svg+xml", headers=_HEADERS)
