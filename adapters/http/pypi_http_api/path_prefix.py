"""The path prefix below which clients see the server, behind a proxy that shares its host name."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from litestar.types import HTTPScope

from pypi_core.errors import Invalid, NotFound, shown
from pypi_http_api.proxies import TrustedProxies
from pypi_protocol.errors import Problem

LONGEST_PREFIX: Final = 256
"""How many characters a prefix may have."""

# Unreserved characters alone: a prefix reads the same in a path, in a link and in a redirect.
_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)+\Z")


def parse_path_prefix(text: str) -> str:
    """
    Return a prefix such as ``/team/pypi``, without ``/`` at its end; that of the root is empty.

    Raises:
        ValueError: *text* is not a path of plain segments, or is too long.
    """
    prefix = text.rstrip("/")
    if prefix and not (len(prefix) <= LONGEST_PREFIX and _PREFIX.match(prefix)):
        raise ValueError(
            f"{shown(text)} is not a path prefix: use a path such as /pypi, of at most {LONGEST_PREFIX} "
            "letters, digits and -._~ between slashes"
        )
    return prefix


def is_of_server(path: str) -> bool:
    """Return whether what is at *path* belongs to the server, and to no index."""
    return path.startswith("/health/") or path == "/metrics"


class PathPrefix:
    """
    Splits the prefix off the path of each request.

    A *configured* prefix applies to every request, and ``X-Forwarded-Prefix`` is not looked at.
    Without one, what a trusted proxy sends in that header is the prefix that it has stripped.

    Args:
        configured: The prefix, as `parse_path_prefix` returns it; empty for none.
        is_stripped: Whether the proxy has removed it from the path.  This is never guessed: below
            ``/pypi`` a path that begins with ``/pypi/`` may have kept the prefix, or be that of the
            legacy JSON API.
        proxies: The proxies that are trusted.
    """

    def __init__(self, configured: str, *, is_stripped: bool, proxies: TrustedProxies) -> None:
        self._configured = configured
        self._is_stripped = is_stripped
        self._proxies = proxies

    def split(self, scope: HTTPScope) -> tuple[str, str]:
        """
        Return the prefix that links need, and the raw path below it; the scope's own path gets the prefix.

        Raises:
            Invalid: A trusted proxy sent a prefix that is not one.
            NotFound: The path lacks a prefix that no proxy strips.
        """
        mounted, path = _split_mount(scope)
        if self._configured and not self._is_stripped:
            return self._split_kept(mounted, path)
        prefix = self._configured or self._forwarded(scope)
        scope["path"] = prefix + scope["path"]
        return prefix + mounted, path

    def _split_kept(self, mounted: str, path: str) -> tuple[str, str]:
        prefix = self._configured
        if path == prefix or path.startswith(f"{prefix}/"):
            return mounted + prefix, path.removeprefix(prefix)
        if is_of_server(path):
            # Whoever watches over the server asks it directly.
            return mounted, path
        raise NotFound(f"There is nothing at this address: the index is served below {prefix}/.")

    def _forwarded(self, scope: HTTPScope) -> str:
        """Return what trusted proxies have stripped, each of them a part."""
        parts = (each.strip().rstrip("/") for each in self._proxies.stripped_prefix(scope).split(","))
        try:
            return parse_path_prefix("".join(parts))
        except ValueError as error:
            raise Invalid(
                Problem("X-Forwarded-Prefix", f"{error}. Correct X-Forwarded-Prefix at the proxy.")
            ) from error


def _split_mount(scope: HTTPScope) -> tuple[str, str]:
    """Return where another application has mounted this one, and the raw path below it."""
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    root = scope.get("root_path", "").rstrip("/")
    if root and (path == root or path.startswith(f"{root}/")):
        path = path[len(root) :] or "/"
    elif root:
        # Some servers leave it out of the path; the framework wants it there.
        scope["path"] = root + scope["path"]
    return root, path
