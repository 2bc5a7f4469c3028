"""Which content type a page of documentation is served as: by its name, never by what is in it."""

from __future__ import annotations

from typing import Final

_TEXT: Final = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".htm": "text/html",
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".md": "text/markdown",
    ".py": "text/plain",
    ".rst": "text/plain",
    ".txt": "text/plain",
}
_OTHER: Final = {
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".eot": "application/vnd.ms-fontobject",
    ".gif": "image/gif",
    ".gz": "application/gzip",
    ".ico": "image/vnd.microsoft.icon",
    ".ipynb": "application/json",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".map": "application/json",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".otf": "font/otf",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tiff": "image/tiff",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xhtml": "application/xhtml+xml",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
_TYPES: Final = {suffix: f"{each}; charset=utf-8" for suffix, each in _TEXT.items()} | _OTHER


def media_type_of(path: str) -> str:
    """Return the content type of what lies at *path*; bytes without meaning where its suffix has none."""
    name = path.rpartition("/")[2]
    return _TYPES.get(f".{name.rpartition('.')[2].lower()}", "application/octet-stream")
