"""The driver that waits for each answer, and what binds operations to it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Concatenate, ParamSpec, TypeVar

import httpx

from pypi_api_client.drivers.conversation import Conversation, written_out
from pypi_api_client.drivers.httpx_words import HttpOptions, no_login, translated
from pypi_api_client.errors import ClientError
from pypi_api_client.neighbourhood import ConnectionWatch
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.steps import Attempt, Operation, Pause, Series, Step, Steps, Work
from pypi_api_client.streams import chunks_of

P = ParamSpec("P")
T = TypeVar("T")
Transport = httpx.BaseTransport
Sleep = Callable[[float], None]


class Driver:
    """Carries steps out, one after the other."""

    def __init__(self, options: HttpOptions, transport: Transport | None, sleep: Sleep | None) -> None:
        self._options = options
        self._sleep = sleep or time.sleep
        self._client = httpx.Client(transport=transport, **options.of_client())

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def run(self, steps: Steps[T]) -> T:
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
                    answer = self._done(step)
                except (ClientError, OSError) as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            steps.close()

    def _done(self, step: Step) -> object:
        if isinstance(step, Attempt):
            with self._sent(step) as response:
                reception = self._options.reception(response, step)
                for chunk in () if reception.is_complete else response.iter_raw():
                    reception.take(chunk)
                return reception.finish()
        if isinstance(step, Pause):
            self._sleep(step.seconds)
            return None
        if isinstance(step, Work):
            return step.call()
        return tuple(map(self._ended, step.runs))

    def _ended(self, steps: Steps[T]) -> T | ClientError | OSError:
        try:
            return self.run(steps)
        except (ClientError, OSError) as error:
            return error

    @contextmanager
    def _sent(self, attempt: Attempt) -> Iterator[httpx.Response]:
        with translated(attempt.url), ExitStack() as files:
            arguments = self._options.of_request(attempt, files)
            if attempt.request.piece:
                arguments["content"] = chunks_of(arguments["content"], attempt.request.piece.progress)
            watch = self._options.guard.watch(attempt.url)
            request = self._client.build_request(**arguments, extensions={"trace": self._tracing(watch)})
            response = self._client.send(request, auth=no_login, stream=True, follow_redirects=False)
            watch.answered()
            try:
                yield response
            finally:
                response.close()

    def _tracing(self, watch: ConnectionWatch) -> Callable[[str, Mapping[str, Any]], None]:
        def trace(event: str, info: Mapping[str, Any]) -> None:
            if not watch.take(event, info):
                return
            try:
                if watch.needs_place:
                    with suppress(OSError):
                        found = socket.getaddrinfo(self._options.host, None)
                        self._options.guard.place(str(found[0][4][0]))
                watch.check()
            except ClientError:
                info["return_value"].close()
                raise

        return trace


def waiting(
    operation: Callable[Concatenate[KnownIndex, P], Operation[T]],
) -> Callable[Concatenate[Conversation[Driver, Any, Any], P], T]:
    """Make a method of an operation: it waits for the end and returns the result."""

    def method(self: Conversation[Driver, Any, Any], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._driver.run(self._steps(operation(self._index, *args, **kwargs)))

    return written_out(method, operation)


def waiting_for_each(
    operation: Callable[Concatenate[KnownIndex, P], Series[T]],
) -> Callable[Concatenate[Conversation[Driver, Any, Any], P], Iterator[T]]:
    """Make a method of an operation with many results: it yields them, each batch when it is wanted."""

    def method(self: Conversation[Driver, Any, Any], /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        following: Series[T] | None = operation(self._index, *args, **kwargs)
        while following is not None:
            batch = self._driver.run(self._steps(following))
            yield from batch.items
            following = batch.following

    return written_out(method, operation, Iterator)
