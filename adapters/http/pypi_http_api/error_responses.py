"""Whatever is raised behind this layer becomes an answer."""

from __future__ import annotations

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from pypi_http_api.problems import Problems


class ErrorResponses:
    """
    Answers requests that a layer or an endpoint refused, and drops the body of every answer to HEAD.

    What fails when the answer has begun is raised again, so that the server breaks the
    connection off: half an answer must not look like a whole one.
    """

    def __init__(self, application: ASGIApp, problems: Problems) -> None:
        self._application = application
        self._problems = problems

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and see to what becomes of it."""
        if scope["type"] != ScopeType.HTTP:
            return await self._application(scope, receive, send)
        begun = False
        only_head = scope["method"] == "HEAD"

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            if only_head and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        try:
            await self._application(scope, receive, noting)
        except Exception as error:
            if begun:
                raise
            await self._problems.reply(error, scope)(scope, receive, noting)
