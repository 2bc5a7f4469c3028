"""The driver that lets others work while it waits, on asyncio, and what binds operations to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from typing import IO, Any, Concatenate, ParamSpec, TypeVar

import httpx

from pypi_api_client.drivers.conversation import Conversation, written_out
from pypi_api_client.drivers.httpx_words import HttpOptions, no_login, translated
from pypi_api_client.errors import ClientError
from pypi_api_client.neighbourhood import ConnectionWatch
from pypi_api_client.progress import Progress
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.steps import Attempt, Operation, Pause, Series, Step, Steps, Work
from pypi_api_client.streams import chunks_of

P = ParamSpec("P")
T = TypeVar("T")
AsyncTransport = httpx.AsyncBaseTransport
AsyncSleep = Callable[[float], Awaitable[None]]


class AsyncDriver:
    """Carries steps out; several runs may go on at the same time."""

    def __init__(
        self, options: HttpOptions, transport: AsyncTransport | None, sleep: AsyncSleep | None
    ) -> None:
        self._options = options
        self._sleep = sleep or asyncio.sleep
        self._client = httpx.AsyncClient(transport=transport, **options.of_client())

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def run(self, steps: Steps[T]) -> T:
        """
        Carry *steps* out and return their result.

        Raises:
            ClientError: What the steps end with.
            OSError: A file on this machine cannot be read or written.
        """
        try:
            step = next(steps)
            while True:
                try:
                    answer = await self._done(step)
                except (ClientError, OSError) as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            steps.close()

    async def _done(self, step: Step) -> object:
        if isinstance(step, Attempt):
            async with self._sent(step) as response:
                reception = self._options.reception(response, step)
                if not reception.is_complete:
                    async for chunk in response.aiter_raw():
                        reception.take(chunk)
                return reception.finish()
        if isinstance(step, Pause):
            await self._sleep(step.seconds)
            return None
        if isinstance(step, Work):
            return await asyncio.to_thread(step.call)
        limit = asyncio.Semaphore(step.at_once)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._ended(each, limit)) for each in step.runs]
        return tuple(each.result() for each in tasks)

    async def _ended(self, steps: Steps[T], limit: asyncio.Semaphore) -> T | ClientError | OSError:
        async with limit:
            try:
                return await self.run(steps)
            except (ClientError, OSError) as error:
                return error

    @asynccontextmanager
    async def _sent(self, attempt: Attempt) -> AsyncIterator[httpx.Response]:
        with translated(attempt.url), ExitStack() as files:
            arguments = self._options.of_request(attempt, files)
            if attempt.request.piece:
                arguments["content"] = _chunks_of(arguments["content"], attempt.request.piece.progress)
            watch = self._options.guard.watch(attempt.url)
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
                        loop = asyncio.get_running_loop()
                        found = await loop.getaddrinfo(self._options.host, None)
                        self._options.guard.place(str(found[0][4][0]))
                watch.check()
            except ClientError:
                await info["return_value"].aclose()
                raise

        return trace


async def _chunks_of(file: IO[bytes], progress: Progress | None) -> AsyncIterator[bytes]:
    for chunk in chunks_of(file, progress):
        yield chunk


def awaiting(
    operation: Callable[Concatenate[KnownIndex, P], Operation[T]],
) -> Callable[Concatenate[Conversation[AsyncDriver, Any, Any], P], Coroutine[Any, Any, T]]:
    """Make a method of an operation: it is awaited and returns the result."""

    async def method(self: Conversation[AsyncDriver, Any, Any], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._driver.run(self._steps(operation(self._index, *args, **kwargs)))

    return written_out(method, operation)


def awaiting_each(
    operation: Callable[Concatenate[KnownIndex, P], Series[T]],
) -> Callable[Concatenate[Conversation[AsyncDriver, Any, Any], P], AsyncIterator[T]]:
    """Make a method of an operation with many results: it yields them, each batch when it is wanted."""

    async def method(
        self: Conversation[AsyncDriver, Any, Any], /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncIterator[T]:
        following: Series[T] | None = operation(self._index, *args, **kwargs)
        while following is not None:
            batch = await self._driver.run(self._steps(following))
            for each in batch.items:
                yield each
            following = batch.following

    return written_out(method, operation, AsyncIterator)
