"""
What operations and drivers are made of.

An operation is a generator: it yields requests, work on this machine and other operations, and is sent what
became of each.  `Sender` makes steps of it, which a driver carries out.  So nothing of the client but its
drivers depends on whether an answer is waited for or awaited.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, Generic, TypeVar

import msgspec

from pypi_api_client.errors import ClientError
from pypi_api_client.protocol.messages import Request

T = TypeVar("T")


class Work(msgspec.Struct, frozen=True):
    """Something to do on this machine that may take time: done at once, or in a thread where others go on."""

    call: Callable[[], Any]


class Together(msgspec.Struct, frozen=True):
    """
    Several *runs* of which at most *at_once* go on at the same time, or one after the other.

    Answered with what each ended with: its result, or the `ClientError` or `OSError` that it ended with.
    """

    runs: tuple[Generator[Any, Any, Any], ...]
    at_once: int


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One request to be sent once, as it stands, to *url*: no redirect is to be followed."""

    request: Request
    url: str
    headers: dict[str, str]


class Pause(msgspec.Struct, frozen=True):
    """Time to wait, in seconds."""

    seconds: float


Operation = Generator[Request | Work | Together, Any, T]
"""Something that a client can do, with a `T` as its result; an `Exchange` is one that only asks."""

Step = Attempt | Pause | Work | Together
Steps = Generator[Step, Any, T]
"""What a driver does: each step is answered with its result, or with an error thrown in."""


class Batch(msgspec.Struct, Generic[T], frozen=True):
    """Some of many items, and the operation that brings further ones; ``None`` at their end."""

    items: tuple[T, ...]
    following: Operation[Batch[T]] | None = None


Series = Operation[Batch[T]]
"""An operation with many results, which come in batches."""


def work(call: Callable[[], T]) -> Operation[T]:
    """Do something on this machine and return its result."""
    result: T = yield Work(call)
    return result


def together(
    operations: Iterable[Operation[T]], at_once: int
) -> Operation[tuple[T | ClientError | OSError, ...]]:
    """Carry out several operations, and return in their order what each ended with."""
    ended: tuple[T | ClientError | OSError, ...] = yield Together(tuple(operations), at_once)
    return ended
