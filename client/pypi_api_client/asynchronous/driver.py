"""HTTP by httpx: the driver that lets others work while it waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Any, TypeVar

import httpx
from msgspec.structs import replace

from pypi_api_client.errors import ClientError
from pypi_api_client.neighbourhood import AddressGuard, ConnectionWatch
from pypi_api_client.protocol.messages import Response
from pypi_api_client.protocol.sending import Attempt, Pause, Steps
from pypi_api_client.streams import LARGEST_ANSWER, Collected, ContentDecoder, Progress, chunks_of
from pypi_api_client.synchronous.driver import (
    client_options,
    head_of,
    host_of,
    no_login,
    request_arguments,
    translated,
)

T = TypeVar("T")
AsyncTransport = httpx.AsyncBaseTransport


class AsyncDriver:
    """Carries steps out; several runs may go on at the same time."""

    def __init__(
        self,
        guard: AddressGuard,
        *,
        user_agent: str,
        timeout: float,
        largest_answer: int = LARGEST_ANSWER,
        ca_bundle: Path | None = None,
        transport: AsyncTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._guard = guard
        self._sleep = sleep
        self._timeout = timeout
        self._largest_answer = largest_answer
        self._client = httpx.AsyncClient(
            transport=transport, **client_options(guard.home.root, user_agent, timeout, ca_bundle)
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def run(self, steps: Steps[T], progress: Progress | None = None) -> T:
        """
        Carry *steps* out and return their result; *progress* is told how much of a file is sent.

        Raises:
            ClientError: What the steps end with.
        """
        try:
            step = next(steps)
            while True:
                answer = None
                try:
                    if isinstance(step, Pause):
                        await self._sleep(step.seconds)
                    else:
                        async with self._sent(step, progress) as response:
                            answer = await _read(response, step, self._largest_answer)
                except ClientError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            steps.close()

    @asynccontextmanager
    async def _sent(self, attempt: Attempt, progress: Progress | None) -> AsyncIterator[httpx.Response]:
        with translated(attempt.url), ExitStack() as files:
            arguments = request_arguments(attempt, files, progress, self._timeout)
            if attempt.request.piece:
                arguments["content"] = _chunks_of(arguments["content"], progress)
            watch = self._guard.watch(attempt.url)
            request = self._client.build_request(**arguments, extensions={"trace": self._tracing(watch)})
            response = await self._client.send(request, auth=no_login, stream=True, follow_redirects=False)
            watch.answered()
            try:
                yield response
            finally:
                await response.aclose()

    def _tracing(self, watch: ConnectionWatch) -> Callable[[str, Mapping[str, Any]], Awaitable[None]]:
        async def trace(event: str, info: Mapping[str, Any]) -> None:
            if not watch.take(event, info):
                return
            try:
                if watch.needs_place:
                    with suppress(OSError):
                        found = await asyncio.get_running_loop().getaddrinfo(
                            host_of(self._guard.home.root), None
                        )
                        self._guard.place(str(found[0][4][0]))
                watch.check()
            except ClientError:
                await info["return_value"].aclose()
                raise

        return trace


async def _content(response: httpx.Response) -> AsyncIterator[bytes]:
    if response.is_stream_consumed:
        # A transport of a test gave all of it at once, decoded.
        yield response.content
        return
    decoder = ContentDecoder(str(response.url), response.headers.get("content-encoding", ""))
    async for chunk in response.aiter_raw():
        for piece in decoder.decode(chunk):
            yield piece
    decoder.finish()


async def _read(response: httpx.Response, attempt: Attempt, largest: int) -> Response:
    head, receiver = head_of(response), attempt.request.receiver
    if receiver is not None and receiver.begin(head):
        async for chunk in response.aiter_raw():
            receiver.take(chunk)
        return head
    body = Collected(head.url, min(largest, attempt.request.largest or largest))
    async for chunk in _content(response):
        body.take(chunk)
    return replace(head, body=body.content())


async def _chunks_of(file: IO[bytes], progress: Progress | None) -> AsyncIterator[bytes]:
    for chunk in chunks_of(file, progress):
        yield chunk
