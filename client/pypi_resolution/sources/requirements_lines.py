"""The lines of a requirements file: comments, continuations, variables, options."""

from __future__ import annotations

import codecs
import getopt
import re
import shlex
from collections.abc import Iterator, Mapping

import msgspec

_COMMENT = re.compile(r"(^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_ENCODING = re.compile(rb"^#.*coding[:=]\s*([-\w.]+)")
# That of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_SHORT = {"-r": "requirement", "-c": "constraint", "-e": "editable", "-i": "index-url", "-f": "find-links"}
_LONG = (
    "requirement=",
    "constraint=",
    "editable=",
    "index-url=",
    "extra-index-url=",
    "find-links=",
    "no-index",
    "no-binary=",
    "only-binary=",
    "prefer-binary",
    "require-hashes",
    "no-require-hashes",
    "pre",
    "all-releases=",
    "only-final=",
    "trusted-host=",
    "use-feature=",
    "hash=",
    "config-settings=",
)
# Names under which pip knows them too.
_OTHER_NAMES = {"-C": "config-settings", "--pypi-url": "index-url", "--config-setting": "config-settings"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line: a requirement with its own options, or options alone; each with its value or nothing."""

    requirement: str = ""
    options: tuple[tuple[str, str], ...] = ()


def decoded(content: bytes) -> str:
    """
    Return the text of a file by its byte order mark, else by a comment as in Python (PEP 263), else UTF-8.

    Raises:
        UnicodeDecodeError: It is of another encoding.
        LookupError: There is no such encoding.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding)
    for line in content.split(b"\n")[:2]:
        if found := _ENCODING.match(line):
            return content.decode(found[1].decode("ascii"))
    return content.decode("utf-8")


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines without comments, each with the number of its first; what ends in a backslash goes on."""
    for number, line in _joined(text):
        stripped = _COMMENT.sub("", line).strip()
        if stripped:
            yield number, stripped


def _joined(text: str) -> Iterator[tuple[int, str]]:
    first, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        is_comment = _COMMENT.match(line) is not None
        first = first if parts else number
        if line.endswith("\\") and not is_comment:
            parts.append(line.strip("\\"))
            continue
        # A comment ends a line that goes on, and needs white space to be one.
        yield first, "".join([*parts, f" {line}" if is_comment else line])
        parts = []
    if parts:
        yield first, "".join(parts)


def parse_line(raw: str, variables: Mapping[str, str]) -> Line:
    """
    Read a line; ``${NAME}`` stands for a variable that is set and not empty, ``$NAME`` for itself.

    Raises:
        ValueError: It has an option that is unknown, or without its value.
    """
    line = _VARIABLE.sub(lambda found: variables.get(found[1]) or found[0], raw)
    tokens = line.split(" ")
    first = next((at for at, token in enumerate(tokens) if token.startswith("-")), len(tokens))
    try:
        words = shlex.split(" ".join(tokens[first:]))
    except ValueError as error:
        raise ValueError("a quotation mark is not closed.") from error
    try:
        found, rest = getopt.gnu_getopt(words, "r:c:e:i:f:C:", [*_LONG, "pypi-url=", "config-setting="])
    except getopt.GetoptError as error:
        raise ValueError(f"{error.msg}.") from error
    if rest:
        raise ValueError(f"{rest[0]!r} does not belong after an option.")
    options = tuple((_option(name), value) for name, value in found)
    return Line(requirement=" ".join(tokens[:first]).strip(), options=options)


def _option(name: str) -> str:
    return _OTHER_NAMES.get(name) or _SHORT.get(name) or name.removeprefix("--")
