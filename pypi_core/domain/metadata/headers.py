"""METADATA and PKG-INFO taken apart: the header block and the body behind it."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from packaging.metadata import parse_email

from pypi_core.domain.metadata.bounds import LARGEST_HEADERS, LARGEST_METADATA, MOST_HEADER_LINES
from pypi_core.domain.metadata.fields import UNKNOWN, without_nul
from pypi_core.errors import InvalidMetadata
from pypi_protocol.errors import Problem
from pypi_protocol.metadata import FIELDS, Field

# What the email package takes for a header line or for the continuation of one.
_LINE = re.compile(rb"(?P<name>[!-9;-~]*):|[ \t]")
_KNOWN = frozenset(field.label.lower().encode() for field in FIELDS)
_FOLD = re.compile(r"(?:\r\n|\r|\n)[ \t]+")
# Core metadata, "Description": lines are indented by seven spaces and a bar; distutils wrote eight spaces.
_INDENTATION = re.compile(r"^(?: {7}\||\t| {8})", re.MULTILINE)
_OF_SEVERAL_LINES = frozenset({"description", "license"})


class Headers(NamedTuple):
    """
    What a metadata file says, field by field.

    *values* are the non-empty ones by form name, of single-use fields too as many as there
    are; *body* is what follows the headers.
    """

    values: dict[str, list[str]]
    body: str
    warnings: list[str]


def read_headers(content: bytes) -> Headers:
    """
    Take a metadata file apart, with no judgement on its values.

    Unknown headers are ignored and values equal to ``UNKNOWN`` count as absent.
    """
    if len(content) > LARGEST_METADATA:
        sentence = f"The metadata is larger than {LARGEST_METADATA // 2**20} MiB: shorten the description."
        raise InvalidMetadata(Problem("metadata_version", sentence))
    if content.startswith(BOM_UTF8):
        raise InvalidMetadata(
            Problem(
                "metadata_version",
                "The metadata begins with a byte order mark, so that its first line is not understood: "
                "write it as UTF-8 without one.",
            )
        )
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidMetadata(
            Problem("metadata_version", f"The metadata is not UTF-8 (line {line}): build the file again.")
        ) from None
    block, body, warnings = _split(content)
    raw, unparsed = parse_email(without_nul(block.decode()))
    values = {
        field.form_name: found
        for field in FIELDS
        if (found := list(_values(field, raw.get(field.key), unparsed.get(field.label.lower()))))
    }
    return Headers(values, without_nul(body.decode()), warnings)


def _split(content: bytes) -> tuple[bytes, bytes, list[str]]:
    """
    Return the header lines of known fields, the body, and what is odd about the two.

    Others are left out before anything is parsed: headers of MIME would change what the body
    is, and parsing takes time by the square of how many spellings of headers there are.
    """
    kept: list[bytes] = []
    is_known = False
    position = 0
    for number, line in enumerate(_lines(content), start=1):
        match = _LINE.match(line)
        if match is None:
            is_blank = not line.strip(b"\r\n")
            body = content[position + len(line) if is_blank else position :]
            return b"".join(kept), body, [] if is_blank else [_broken(number)]
        if position + len(line) > LARGEST_HEADERS:
            raise _headers_too_large(f"are larger than {LARGEST_HEADERS // 2**20} MiB")
        if number > MOST_HEADER_LINES:
            raise _headers_too_large(f"have more than {MOST_HEADER_LINES} lines")
        name = match["name"]
        if name is not None:
            is_known = name.lower() in _KNOWN
        if is_known:
            kept.append(line if name is None else name.lower() + line[len(name) :])
        position += len(line)
    return b"".join(kept), b"", []


def _headers_too_large(what: str) -> InvalidMetadata:
    sentence = f"The headers of the metadata {what}: put the description behind them."
    return InvalidMetadata(Problem("metadata_version", sentence))


def _lines(content: bytes) -> Iterator[bytes]:
    # A long description is not split for nothing.
    for match in re.finditer(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", content):
        yield match[0]


def _broken(line: int) -> str:
    return (
        f"Line {line} of the metadata is not a header, so what follows counts as the description: "
        "values of several lines have to be indented."
    )


def _values(field: Field, parsed: object, unparsed: list[str] | None) -> Iterator[str]:
    for value in _texts(field, parsed) if unparsed is None else unparsed:
        # RFC 822: a folded header is one line.
        has_lines = field.form_name in _OF_SEVERAL_LINES
        text = _INDENTATION.sub("", value) if has_lines else _FOLD.sub(" ", value)
        if text.strip() not in {"", UNKNOWN}:
            yield text


def _texts(field: Field, parsed: object) -> list[str]:
    """Return the values of a field as they stood in the file; *parsed* is what `parse_email` made of them."""
    if isinstance(parsed, Mapping):
        return [f"{label}, {url}" if url else str(label) for label, url in parsed.items()]
    if isinstance(parsed, list):
        # Keywords are one text, whatever becomes of them.
        return parsed if field.is_multiple else [",".join(parsed)]
    return [] if parsed is None else [str(parsed)]
