"""Counting of downloads, in front of the answers that are given again from memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName
from pypi_http_api.addressed import addressed_of
from pypi_http_api.replies import header_of
from pypi_http_api.traffic import noted_of

CountDownload = Callable[[IndexName, str, str], None]
"""Counts one download from an index, of the file with this BLAKE2 digest, by a ``User-Agent``."""

_FILE: Final = re.compile(r"/packages/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{60})/[^/]+(?<!\.metadata)\Z")

_COUNTED: Final = {HTTPStatus.OK, HTTPStatus.FOUND}


class DownloadCounting:
    """
    Count each file that is sent whole, or that a client is redirected to, once.

    HEAD, answers that nothing has changed, and parts of a file do not count: of what tools send, these
    are looks at a wheel's metadata, and the rest of a download that was broken off and counted when it began.
    """

    def __init__(self, application: ASGIApp, count: CountDownload) -> None:
        self._application = application
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count when its answer begins."""
        if scope["type"] == ScopeType.HTTP and (digest := _digest(scope)):
            send = self._counted(scope, digest, send)
        await self._application(scope, receive, send)

    def _counted(self, scope: HTTPScope, digest: str, send: Send) -> Send:
        name, noted = addressed_of(scope).name or DEFAULT_INDEX, noted_of(scope)

        def count(times: int = 1) -> None:
            user_agent = header_of(scope, b"user-agent") or ""
            for _ in range(times):
                self._count(name, digest, user_agent)

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in _COUNTED:
                count()
                noted.again.append(count)
            await send(message)

        return counted


def _digest(scope: HTTPScope) -> str:
    """Return the digest of the file that is asked for, and nothing if none is."""
    addressed = addressed_of(scope)
    if scope["method"] != "GET" or addressed.only_head:
        return ""
    found = _FILE.match(addressed.path)
    return "".join(found.groups()) if found else ""
