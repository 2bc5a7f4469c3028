"""Requests and responses, which a driver carries, and exchanges of them, which have a result."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from pypi_api_client.errors import BadAnswer
from pypi_api_client.progress import Progress

T = TypeVar("T")

_LONGEST_LINE = 500
# A value in JSON may take a hundred times as many bytes in memory.
_MOST_VALUES = 2_000_000


class Login(Enum):
    """
    When credentials go with a request.

    ``IF_ASKED`` leaves them out until the index has answered 401 or 403 to a request of the same client.
    """

    ALWAYS = "always"
    IF_ASKED = "if asked"
    NEVER = "never"


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A multipart form: text fields in their order, then one file as ``content``."""

    fields: tuple[tuple[str, str], ...]
    file: Path
    progress: Progress | None = None


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes of a file from *offset* to its end."""

    file: Path
    offset: int
    size: int
    progress: Progress | None = None


class Receiver(Protocol):
    """Takes in the body of an answer as it arrives."""

    def headers(self) -> Mapping[str, str]:
        """Return what to send with the next try, such as the range that is missing."""
        ...

    def begin(self, head: Response) -> bool:
        """Look at an answer without its body; ``False`` leaves the body to be read as a whole."""
        ...

    def take(self, chunk: bytes, /) -> None:
        """Take in the next bytes, as they were sent."""
        ...

    @property
    def received(self) -> int:
        """How many bytes are there, which a further try need not send again."""
        ...


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """
    Something to ask.

    ``is_repeatable`` says that asking again does no harm, even if the first time was carried
    out.  ``patience`` is how many seconds the index may think about it, ``largest`` how many
    bytes an answer without receiver may have, if fewer than the client takes anyway.  Unless *login* says
    otherwise, what only reads is asked without credentials first.
    """

    method: str
    url: str
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""
    form: Form | None = None
    piece: Piece | None = None
    is_repeatable: bool = True
    patience: float = 0.0
    largest: int | None = None
    receiver: Receiver | None = None
    login: Login | None = None

    @property
    def when_to_log_in(self) -> Login:
        """When credentials go with it."""
        if self.login is not None:
            return self.login
        return Login.IF_ASKED if self.method in {"GET", "HEAD"} else Login.ALWAYS


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """
    An answer.

    ``url`` is where it came from after redirects; the names of ``headers`` are lower-case.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    reason: str = ""

    @property
    def media_type(self) -> str:
        """The content type without parameters, lower-case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """
        Return the body as JSON.

        Raises:
            BadAnswer: It is not JSON, or has more than two million values.
        """
        return self.json_as(Any)

    def json_as(self, kind: type[T], *, most_values: int | None = _MOST_VALUES) -> T:
        """
        Return the body as the *kind* that its JSON describes.

        Raises:
            BadAnswer: It is not JSON, of another shape, or has more than *most_values* values.
        """
        # Every value but the first follows one of these; those in strings count too.
        if most_values is not None and sum(map(self.body.count, (b",", b"[", b"{"))) > most_values:
            raise BadAnswer(f"The answer of {self.url} has more than {most_values} values.")
        try:
            return msgspec.json.decode(self.body, type=kind)
        except msgspec.ValidationError as error:
            raise BadAnswer(
                f"The answer of {self.url} does not have the expected shape: {printable(str(error))}."
            ) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadAnswer(f"The answer of {self.url} is not JSON.") from error


Exchange = Generator[Request, Response, T]
"""A conversation with an index: yields requests, is sent their responses, returns a `T`."""


def printable(text: str) -> str:
    """Return *text* as one line, not too long, without characters that could repaint a terminal."""
    line = " ".join(text.split())
    line = "".join(each if each.isprintable() else "\ufffd" for each in line)
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
