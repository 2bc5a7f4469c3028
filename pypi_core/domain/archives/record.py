"""RECORD: what a wheel says is in it (PEP 376, PEP 427)."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

import msgspec

from pypi_core.domain.archives.contents import refusal
from pypi_core.errors import shown

# A row has the path, at most 4096 bytes and perhaps quoted, a digest and a size.
_LONGEST_ROW: Final = 16 * 1024
_LONGEST_DIGEST_AND_SIZE: Final = 128
_FURTHER_ROWS: Final = 1000

# PEP 427: "sha256 or better"; md5, sha1 and sha224 are not permitted.
ALGORITHMS: Final = ("sha256", "sha384", "sha512")
# PEP 815: signatures of RECORD are no more; where they are they cannot be listed.
_SIGNATURES: Final = (".jws", ".p7s")


class Row(msgspec.Struct, frozen=True, gc=False):
    """What RECORD tells of one file, as it stands there."""

    digest: str
    size: str


DigestOf = Callable[[str, str], bytes]
"""Gives the digest of a member's content: its name, then the algorithm."""


def largest_record(paths: Collection[str]) -> int:
    """Return what the size of a RECORD of these *paths* cannot exceed, but for some rows too many."""
    rows = sum(2 * len(path.encode()) + _LONGEST_DIGEST_AND_SIZE for path in paths)
    return rows + _FURTHER_ROWS * _LONGEST_DIGEST_AND_SIZE


def most_lines(paths: Collection[str]) -> int:
    """Return how many lines a RECORD of these *paths* may have: some too many are reported, not refused."""
    return len(paths) + _FURTHER_ROWS


def parse_record(content: bytes, most: int) -> tuple[dict[str, Row], list[str]]:
    """Return the row of each path, of *most* at the most, and what is wrong with other rows."""
    rows: dict[str, Row] = {}
    faults: list[str] = []
    try:
        for number, line in enumerate(io.TextIOWrapper(io.BytesIO(content), "utf-8"), 1):
            if number > most:
                raise refusal(f"its RECORD has more than {most} lines, far more than there are files in it")
            columns = _columns(line)
            if len(columns) == 3:
                name = columns[0].replace("\\", "/")
                if name in rows:
                    faults.append(f"its RECORD lists {shown(name)} twice")
                rows[name] = Row(columns[1], columns[2])
            elif columns:  # an empty line has none
                faults.append(f"row {number} of its RECORD has {len(columns)} columns instead of 3")
    except (UnicodeDecodeError, csv.Error) as error:
        raise refusal(f"its RECORD is not a table of comma-separated values in UTF-8 ({error})") from error
    return rows, faults


def _columns(line: str) -> list[str]:
    if len(line) > _LONGEST_ROW:
        raise csv.Error(f"a row is longer than {_LONGEST_ROW} characters")
    # No member's name has a line break, so a row is a line, and usually no work for a parser.
    if '"' in line:
        return next(csv.reader([line], strict=True))
    bare = line.removesuffix("\n")
    return bare.split(",") if bare else []


def mismatches(
    rows: Mapping[str, Row], sizes: Mapping[str, int], own: str, digest_of: DigestOf
) -> Iterator[str]:
    """
    Yield how *rows* contradict the files of a wheel, whose *sizes* are known by their name.

    *own* is the name of RECORD itself, which cannot have its own digest.
    """
    signatures = [f"{own}{ending}" for ending in _SIGNATURES]
    for name, size in sizes.items():
        row = rows.get(name)
        if name in signatures:
            if row is not None:
                yield f"its RECORD lists {shown(name)}, which signs it"
        elif row is None:
            yield f"its RECORD does not list {shown(name)}"
        elif name == own:
            if row.digest:
                yield "its RECORD gives a digest of itself"
        else:
            yield from _contradictions(name, row, size, digest_of)
    for name in rows:
        if name not in sizes:
            yield f"its RECORD lists {shown(name)}, which it does not have"


def _contradictions(name: str, row: Row, size: int, digest_of: DigestOf) -> Iterator[str]:
    algorithm, _equals, told = row.digest.partition("=")
    # `bdist_wheel` wrote SHA256 for years.
    algorithm = algorithm.lower()
    if algorithm not in ALGORITHMS:
        yield f"its RECORD has no sha256 digest of {shown(name)}, but {shown(row.digest)}"
    elif told != (expected := _encoded(digest_of(name, algorithm))):
        if told.rstrip("=") == expected:
            yield f"its RECORD pads the {algorithm} digest of {shown(name)} with '=', which is to be left out"
        else:
            yield f"its RECORD gives another {algorithm} digest of {shown(name)} than its content has"
    # PEP 376: the size may be left out.
    if row.size not in {"", str(size)}:
        yield f"its RECORD gives {shown(row.size)} as the size of {shown(name)}, which has {size} bytes"


def _encoded(digest: bytes) -> str:
    # PEP 376 as PEP 427 changes it: urlsafe base64 without the padding.
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
