"""Inputs of up to 64 kB that are made to cost as much as possible; some of them once did."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

_TOP: Final = "sample-1.0"
_HEAD: Final = b"Metadata-Version: 2.6\nName: sample\nVersion: 1.0\n"
_ROOM: Final = 60_000
_MEBIBYTE: Final = 1 << 20


def filled(piece: bytes, before: bytes = b"", after: bytes = b"", size: int = _ROOM) -> bytes:
    """Return *size* bytes of *piece* between two others."""
    return before + piece * (max(0, size - len(before) - len(after)) // len(piece)) + after


def numbered(line: bytes, size: int = _ROOM) -> bytes:
    """Return *size* bytes of lines like *line*, which has a place for a number."""
    lines, length, number = [], 0, 0
    while length < size:
        lines.append(line % number)
        length += len(lines[-1])
        number += 1
    return b"".join(lines[:-1])


def tars() -> Iterator[bytes]:
    """Yield tar archives whose paths are long, deep, wide or many."""
    for name in ("d/" * 29_000, "x" * 58_000, "./" * 29_000, "\u00e9/" * 19_000, "/" * 58_000):
        yield _tar([f"{_TOP}/{name}"])
    yield _tar([f"{_TOP}/{'d/' * 200}x{number}" for number in range(40)])
    yield _tar([f"{_TOP}/x"], link="../" * 19_000)
    yield _tar([f"{_TOP}/x"], pax={"comment": "x" * 58_000})
    yield _tar([f"{_TOP}/x"], pax={f"k{number}": "" for number in range(5000)})


def sdists() -> Iterator[bytes]:
    """Yield sdists of 64 kB at most that unpack to as much as is permitted."""
    largest = 8 * _MEBIBYTE
    for line in (b"Classifier: a\n", b"Requires-Dist: a\n", b" \n", b"X:\n", b"Keywords: ,\n", b"\n"):
        yield _sdist(filled(line, _HEAD, size=largest - 100))
        yield _sdist(filled(line, _HEAD, size=_MEBIBYTE - 100))
    yield _sdist(filled(b"x", _HEAD + b"\n", size=largest))
    yield _sdist(filled(b"\0", _HEAD + b"Summary: ", size=largest))
    folder = tarfile.TarInfo(f"{_TOP}/")
    folder.type = tarfile.DIRTYPE
    yield _packed([folder.tobuf(tarfile.USTAR_FORMAT)] * 28_000)
    yield _packed([tarfile.TarInfo(f"{_TOP}/{number}").tobuf() for number in range(4000)])
    comment = tarfile.TarInfo("x")
    comment.type, comment.size = b"g", 0
    yield _packed([comment.tobuf(tarfile.USTAR_FORMAT)] * 28_000)


def metadata() -> Iterator[bytes]:
    """Yield metadata with very many, very long and deeply nested values."""
    for field, piece in (
        ("Requires-Dist", b"("), ("Requires-Dist", b" "), ("Requires-Dist", b",>1"), ("Requires-Dist", b"a-"),
        ("Requires-Python", b">1,"), ("Author-email", b'"\\'), ("Author-email", b"<>"),
        ("Author-email", b"("),
        ("Provides-Extra", b"a-"), ("Import-Name", b"a."), ("License-Expression", b"("), ("Keywords", b"a,"),
        ("License-File", b"a/"), ("License-File", b"*"), ("Project-URL", b"[,"), ("Home-page", b"http://["),
        ("Summary", b"=?utf-8?q?a?= "), ("Summary", b"\n \t"), ("Version", b"1"), ("Name", b"a-"),
        ("Description", b"\n       |"), ("Description", b"\n      "), ("Dynamic", b"a"),
        ("Classifier", b"a "),
        ("Description-Content-Type", b"text/plain;a=b;"), ("Description-Content-Type", b" "),
    ):  # fmt: skip
        yield filled(piece, _HEAD + field.encode() + b": ", b"\n")
    for before, piece in (
        (b"a; os_name == '\"", b"x"), (b"a; os_name == '", b'"'), (b"a[", b"a,"), (b"a; (", b"a=='a' and "),
        (b"a; a", b" "), (b"a @ ", b"x"), (b"a>", b"1"), (b"a>", b"1."), (b"a===", b"x"),
        (b"a; os_name in ", b"'\""), (b"a; ", b"os_name=='a' or "),
    ):  # fmt: skip
        yield filled(piece, _HEAD + b"Requires-Dist: " + before, b"'\n")
    for line in (
        b"Classifier: Topic :: %d\n", b"Provides-Extra: e%d\n", b"Project-URL: %d,http://a\n", b"%d: x\n",
        b"Requires-Dist: a>%d\n", b"Import-Name: a%d\n", b"License-File: a%d\n", b"Keywords: %d\n",
    ):  # fmt: skip
        yield _HEAD + numbered(line)


def json_texts() -> Iterator[bytes]:
    """Yield JSON that is deep, wide, or has long numbers and names."""
    for piece in (b"[", b"[[],", b'{"":', b"1", b"-", b'"\\ud800",', b'"\\u0000', b"1e", b"0.", b" "):
        yield filled(piece)
        yield filled(piece, b'{"jsonrpc":"2.0","id":1,"method":"validate.filename","params":{"filename":')
    yield filled(b"[],", b"[", b"0]")
    yield filled(b'{"a":[]},', b"[", b"0]")
    yield b"{" + numbered(b'"%d":0,') + b'"":0}'
    yield filled(b"x", b'{"jsonrpc":"2.0","id":1,"method":"validate.filename","params":{"', b'":1}}')


def xml_texts() -> Iterator[bytes]:
    """Yield XML that is deep, wide, or has long names, texts and numbers."""
    begin, end = b"<?xml version='1.0'?><methodCall><methodName>", b"</methodName></methodCall>"
    yield filled(b"x", begin, end)
    yield filled(b"&#65;", begin, end)
    call = begin + b"search</methodName><params><param><value>"
    for piece in (
        b"<array><data><value>", b"<array>", b"<string/>", b"<a ", b"<", b"&amp;", b"<!--", b"<![CDATA[",
        b" ",
    ):  # fmt: skip
        yield filled(piece, call)
    for kind, piece in ((b"int", b"1"), (b"double", b"1"), (b"base64", b"a "), (b"boolean", b"0")):
        yield filled(piece, b"%s<%s>" % (call, kind), b"</%s></value></param></params></methodCall>" % kind)
    yield filled(
        b"<value/>", call + b"<array><data>", b"</data></array></value></param></params></methodCall>"
    )
    yield b"<a " + numbered(b"a%d='' ") + b"/>"
    yield filled(b"x", b"<", b"/>")
    yield filled(b"<!ENTITY a 'aaaaaaaaaa'>", b"<!DOCTYPE a [", b"]><a>&a;</a>")


def html_pages() -> Iterator[bytes]:
    """Yield pages with very many, unfinished and nested elements."""
    for piece in (
        b"<", b"<a", b"<a ", b"<a href", b"<a href='", b"<!--", b"<!", b"</", b"&", b"&#", b"<?",
        b"<![CDATA[", b"<a href=x>", b"<a href=x>x</a>", b"<script>", b"<script", b"<title>",
        b'<a href="#a=b&', b"a='",
        b"<a href='a#sha256=0' data-yanked>", b"<base href=x>", b"<meta name=a>", b"<a href=%", b"x ",
    ):  # fmt: skip
        yield filled(piece)
        yield filled(piece, b"<a href='x'>")
        yield filled(piece, b"<a href='")
    yield b"<a " + numbered(b"a%d=1 ") + b"href=x>x</a>"
    yield b"<a href='x#" + numbered(b"a%d=1&") + b"'>x</a>"
    yield numbered(b"<meta name=a%d>")


def toml_texts() -> Iterator[bytes]:
    """Yield TOML with very many, deep and long tables, keys and values."""
    for piece in (
        b"[", b"[[", b"a.", b"a = [", b"a={a=", b'a = "', b'"""', b"'''", b"1", b"1_", b"0x1", b"\\u0041",
        b"#", b"\n", b"a = 1\n", b"[[a]]\n", b"[a.b]\n", b" ", b"2020-01-01T00:00:00.0",
    ):  # fmt: skip
        yield filled(piece)
        yield filled(piece, b'lock-version = "1.0"\ncreated-by = ')
        yield filled(piece, b'lock-version = "1.0"\ncreated-by = "', b'"\npackages = []\n')
    yield numbered(b"a%d = 1\n")
    yield numbered(b"[a%d]\n")
    yield b"a" + numbered(b".b%d") + b" = 1\n"
    yield numbered(b"a.b%d.c = 1\n")


def zips() -> Iterator[bytes]:
    """Yield what begins as a ZIP and is full of records."""
    for piece in (b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7"):
        yield filled(piece)
        yield filled(piece, b"PK\3\4")


def _tar(names: Iterable[str], *, link: str = "", pax: dict[str, str] | None = None) -> bytes:
    members = []
    for name in names:
        member = tarfile.TarInfo(name)
        member.pax_headers = pax or {}
        if link:
            member.type, member.linkname = tarfile.SYMTYPE, link
        members.append(member.tobuf(tarfile.PAX_FORMAT, "utf-8"))
    return b"".join(members) + bytes(1024)


def _sdist(pkg_info: bytes) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        member = tarfile.TarInfo(f"{_TOP}/PKG-INFO")
        member.size = len(pkg_info)
        archive.addfile(member, io.BytesIO(pkg_info))
    return gzip.compress(content.getvalue(), mtime=0)


def _packed(blocks: Iterable[bytes]) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*map(packer.compress, blocks), packer.flush()])
