"""A cache over HTTP: the Simple API, read-only, for machines that cannot read the folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from pypi_api_client.errors import UnsafeFilename
from pypi_api_client.integrity import check_filename
from pypi_distribution_cache.cache import DistributionCache

_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = "application/vnd.pypi.simple.v1+html"
# What may be asked for, and the page and the type that answer it (PEP 691).
_PAGES: Mapping[str, tuple[str, str]] = {
    _JSON: ("index.json", _JSON),
    "application/vnd.pypi.simple.latest+json": ("index.json", _JSON),
    _HTML: ("index.html", _HTML),
    "application/vnd.pypi.simple.latest+html": ("index.html", _HTML),
    "text/html": ("index.html", "text/html; charset=utf-8"),
    "*/*": ("index.html", "text/html; charset=utf-8"),
}
_PROJECT = re.compile(r"/simple/([A-Za-z0-9._-]+)(/?)")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class CacheServer(ThreadingHTTPServer):
    """
    Serves *cache* at *host* and *port*; port 0 takes a free one.

    It sends what is in the folders of pages and files, and nothing else.
    """

    daemon_threads = True

    def __init__(self, cache: DistributionCache, host: str, port: int) -> None:
        self.cache = cache
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        """Where the Simple API is."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}/simple/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CacheServer

    def do_GET(self) -> None:
        """Answer with a page, a file, or why not."""
        path = unquote(urlsplit(self.path).path)
        if path in {"/", "/simple"}:
            self._move("/simple/")
        elif path == "/simple/":
            self._send_page(self.server.cache.layout.simple)
        elif project := _PROJECT.fullmatch(path):
            name = canonicalize_name(project[1])
            if name != project[1] or not project[2]:
                self._move(f"/simple/{name}/")
            else:
                self._send_page(self.server.cache.layout.simple / name)
        elif path.startswith("/files/"):
            self._send_file(path.removeprefix("/files/"))
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "There is nothing here: the Simple API is at /simple/.")

    def do_HEAD(self) -> None:
        """Answer as to GET, without the body."""
        self.do_GET()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: requests can be seen in the tools that send them."""

    def _send_page(self, folder: Path) -> None:
        found = _negotiate(self.headers.get("Accept", "*/*"))
        if found is None:
            self._refuse(HTTPStatus.NOT_ACCEPTABLE, f"Ask for {', '.join(_PAGES)}.")
            return
        name, content_type = found
        try:
            content = (folder / name).read_bytes()
        except OSError:
            self._refuse(HTTPStatus.NOT_FOUND, f"There is no project {folder.name!r} in this cache.")
            return
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {"Content-Type": content_type, "ETag": etag, "Vary": "Accept", "Cache-Control": "no-cache"}
        if self.headers.get("If-None-Match") == etag:
            self._begin(HTTPStatus.NOT_MODIFIED, headers, None)
            return
        self._begin(HTTPStatus.OK, headers, len(content))
        if self.command == "GET":
            self.wfile.write(content)

    def _send_file(self, name: str) -> None:
        try:
            path = self.server.cache.layout.file(check_filename(name))
        except UnsafeFilename:
            path = None
        if path is None or name.startswith(".") or path.is_symlink() or not path.is_file():
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such file in this cache.")
            return
        with path.open("rb") as stream:
            self._send_stream(stream, path.stat().st_size, path.stat().st_mtime)

    def _send_stream(self, stream: IO[bytes], size: int, modified: float) -> None:
        headers = {
            "Content-Type": "application/octet-stream",
            "Accept-Ranges": "bytes",
            "Last-Modified": formatdate(modified, usegmt=True),
        }
        status, begin, end = HTTPStatus.OK, 0, size
        if wanted := _RANGE.fullmatch(self.headers.get("Range", "")):
            begin, end = _span(wanted[1], wanted[2], size)
            if begin >= end:
                headers["Content-Range"] = f"bytes */{size}"
                self._begin(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers, 0)
                return
            status = HTTPStatus.PARTIAL_CONTENT
            headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
        self._begin(status, headers, end - begin)
        if self.command != "GET":
            return
        stream.seek(begin)
        left = end - begin
        while left and (chunk := stream.read(min(left, 64 * 1024))):
            self.wfile.write(chunk)
            left -= len(chunk)

    def _move(self, path: str) -> None:
        self._begin(HTTPStatus.MOVED_PERMANENTLY, {"Location": path}, 0)

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        content = f"{why}\n".encode()
        self._begin(status, {"Content-Type": "text/plain; charset=utf-8"}, len(content))
        if self.command == "GET":
            self.wfile.write(content)

    def _begin(self, status: HTTPStatus, headers: Mapping[str, str], length: int | None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("X-Content-Type-Options", "nosniff")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()


def _negotiate(accept: str) -> tuple[str, str] | None:
    """Return page and content type for an ``Accept`` header; ``None`` if nothing it names is here."""
    best, best_quality = None, 0.0
    for part in accept.split(","):
        kind, *parameters = (each.strip().lower() for each in part.split(";"))
        quality = 1.0
        for each in parameters:
            name, _, value = each.partition("=")
            if name == "q":
                quality = _quality(value)
        if kind in _PAGES and quality > best_quality:
            best, best_quality = _PAGES[kind], quality
    return best


def _quality(text: str) -> float:
    return float(text) if re.fullmatch(r"[01](?:\.\d{0,3})?", text) else 0.0


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    """Return the half-open span that a range of bytes means (RFC 9110, 14.1.2); empty if there is none."""
    if first:
        return int(first), min(int(last) + 1, size) if last else size
    return max(size - int(last), 0) if last else size, size
