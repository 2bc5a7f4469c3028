"""Requests, responses, and what a refusal in HTTP says."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from pypi_api_client.errors import (
    AccessRefused,
    BadAnswer,
    CredentialsRefused,
    IndexUnavailable,
    NotFound,
    Refused,
    TooManyRequests,
)

T = TypeVar("T")

_LONGEST_SENTENCE = 500


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A multipart form: text fields in their order, then one file as ``content``."""

    fields: tuple[tuple[str, str], ...]
    file: Path


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Something to ask; all of them can be asked again without doing harm."""

    method: str
    url: str
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""
    form: Form | None = None


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """
    An answer.

    ``url`` is where it came from after redirects; the names of ``headers`` are lower-case.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    reason: str = ""

    @property
    def media_type(self) -> str:
        """The content type without parameters, lower-case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """
        Return the body as JSON.

        Raises:
            BadAnswer: It is none.
        """
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise BadAnswer(f"The answer of {self.url} is no JSON.") from error


Exchange = Generator[Request, Response, T]
"""An operation: yields requests, is sent their responses, returns a `T`."""


def refusal_of(response: Response) -> Refused:
    """Return the error that a status of 400 and above stands for, in the index's own words."""
    sentence, code, status = _sentence(response), _code(response), response.status
    retry_after = _retry_after(response)
    match status:
        case 401:
            return CredentialsRefused(sentence, status=status, code=code)
        case 403:
            return AccessRefused(sentence, status=status, code=code)
        case 404 | 410:
            return NotFound(sentence, status=status, code=code)
        case 429:
            return TooManyRequests(sentence, status=status, code=code, retry_after=retry_after)
        case _ if status >= 500:
            return IndexUnavailable(sentence, status=status, code=code, retry_after=retry_after)
        case _:
            return Refused(sentence, status=status, code=code)


def _sentence(response: Response) -> str:
    """Find what is meant for a person: in the body, else in the reason phrase."""
    said = ""
    if response.media_type.endswith("json"):
        try:
            content = response.json()
        except BadAnswer:
            content = None
        if isinstance(content, dict):
            said = next(
                (text for key in ("message", "detail", "title") if isinstance(text := content.get(key), str)),
                "",
            )
    elif response.media_type == "text/plain":
        said = response.body[: 4 * _LONGEST_SENTENCE].decode("utf-8", "replace")
    said = printable(said) or printable(response.reason)
    return said or f"The index answered with status {response.status} and no explanation."


def _code(response: Response) -> str:
    if not response.media_type.endswith("json"):
        return ""
    try:
        content = response.json()
    except BadAnswer:
        return ""
    code = content.get("code") if isinstance(content, dict) else None
    return code if isinstance(code, str) and " " not in code else ""


def _retry_after(response: Response) -> float | None:
    text = response.headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def printable(text: str) -> str:
    """Return *text* as one line, not too long, without characters that could repaint a terminal."""
    line = " ".join(text.split())
    line = "".join(each if each.isprintable() else "\ufffd" for each in line)
    return line if len(line) <= _LONGEST_SENTENCE else f"{line[:_LONGEST_SENTENCE]}…"
