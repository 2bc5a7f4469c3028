"""Where fuzzing starts: sound distributions and forms, and damaged ones, made anew each time."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from damage.raw_tars import TarMember, members_of, write_tar
from damage.raw_zips import (
    EndRecord,
    data_descriptor,
    entries_of,
    overlapping_entries,
    quoting_entries,
    write_zip,
    zip64_end,
    zip64_extra,
    zip_entry,
)
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel

BOUNDARY = "a-boundary"
MEBIBYTE = 1 << 20

WHEEL = build_wheel("sample", "1.0", requires_dist=["click>=8"], scripts={"sample": "sample:main"})
SDIST = build_sdist("sample", "1.0", requires_dist=["click>=8"])


def wheels() -> Iterator[bytes]:
    """Yield sound wheels, and wheels damaged in the ways that readers disagree about."""
    entries = entries_of(WHEEL.content)
    count = len(entries)
    yield WHEEL.content
    yield write_zip(entries)
    yield write_zip([*entries, entries[0]])
    yield write_zip([replace(entries[0], local={"name": b"x"}), *entries[1:]])
    yield write_zip([data_descriptor(each) for each in entries])
    yield write_zip([replace(entries[0], extra=zip64_extra(1, 2)), *entries[1:]])
    yield write_zip([replace(entries[0], extra=struct.pack("<2H", 0x7075, 5) + bytes(5)), *entries[1:]])
    yield write_zip(entries, EndRecord(comment=b"comment"))
    yield write_zip(entries, EndRecord(before=zip64_end(count, 100, 100)))
    yield write_zip(entries, prefix=b"#!python\n")
    yield write_zip([*overlapping_entries(3, MEBIBYTE), *entries])
    yield write_zip([*quoting_entries(3, MEBIBYTE), *entries])
    yield from (WHEEL.content[:size] for size in (0, 4, 30, 100, len(WHEEL.content) - 1))


def documentation() -> Iterator[bytes]:
    """Yield ZIPs of documentation, a sound one and what might be one."""
    page = zip_entry("index.html", b"<p>Hello</p>")
    yield write_zip([page])
    yield write_zip(
        [page, zip_entry("a/", b"", method=0), zip_entry("a/b.css", b"p {}"), zip_entry("A/b", b"")]
    )
    yield write_zip([page], EndRecord(comment=b"comment"))
    yield write_zip([data_descriptor(page)])
    yield write_zip([page, *(zip_entry(f"{number}.html", b"") for number in range(500))])
    yield write_zip([page, zip_entry("zeros", bytes(60 * MEBIBYTE))])


def sdists() -> Iterator[bytes]:
    """Yield a sound sdist, and beginnings of it."""
    yield SDIST.content
    yield from (SDIST.content[:size] for size in (0, 2, 10, 100, len(SDIST.content) - 1))


def tars() -> Iterator[bytes]:
    """Yield what sdists compress: tars, sound and damaged in the ways that readers disagree about."""
    members = members_of(SDIST.content)
    top = members[0].name.partition("/")[0]
    yield write_tar(members)
    # The metadata alone: the smaller, the sooner something new is found.
    small = members[:1]
    yield write_tar(small)
    for kind in (b"1", b"2", b"3", b"5", b"6", b"S", b"x", b"g", b"L", b"K"):
        yield write_tar([*small, TarMember(name=f"{top}/x", kind=kind, link=f"{top}/PKG-INFO")])
    yield write_tar([*small, TarMember(name=f"{top}/x", raw_size=b"\x80" + bytes(10) + b"\x01")])
    yield write_tar([*small, TarMember(name=f"{top}/x", pax_headers={"GNU.sparse.map": "0,1"})])
    yield write_tar([*small, TarMember(name=f"{top}/" + "long/" * 60)])


def member_names() -> Iterator[bytes]:
    """Yield the members of a tar, one a line: the kind, the name, and behind a ``>`` the target of a link."""
    top = members_of(SDIST.content)[0].name.partition("/")[0]
    yield f"0{top}/PKG-INFO".encode()
    yield f"5{top}\n0{top}/PKG-INFO\n2{top}/a>PKG-INFO\n1{top}/b>{top}/PKG-INFO\n0{top}/d/e".encode()
    yield "\n".join(f"0{top}/{'d/' * depth}x" for depth in range(200)).encode()


def documents(members: dict[str, bytes], dist_info: str) -> Iterator[bytes]:
    """Yield RECORD, WHEEL, ``entry_points.txt`` and METADATA of a wheel, sound ones and large ones."""
    sound = [members[f"{dist_info}/{each}"] for each in ("RECORD", "WHEEL")]
    entry_points = b"[console_scripts]\nrun = a:b\n[a.b]\nc = d [e]\n"
    yield b"\0".join([*sound, entry_points, members[f"{dist_info}/METADATA"]])
    for piece in (b",,\n", b"\n", b'"",,\n', b"a,sha512=,\n"):
        yield piece * 5000
    for piece in (b"Tag: py3-none-any\n", b"Tag: a.a.a.a.a.a-b.b.b.b-c.c.c.c\n", b":\n"):
        yield b"\0" + piece * 1900
    for piece in (b"a\n", b"[a]\n", b"a=b\n", b" =\n"):
        yield b"\0\0[console_scripts]\n" + piece * 12_000


def metadata() -> Iterator[bytes]:
    """Yield metadata of several versions."""
    headers = [
        ("License-Expression", "MIT OR Apache-2.0"),
        ("License-File", "LICENSE"),
        ("Classifier", "Programming Language :: Python :: 3"),
        ("Project-URL", "Home, https://index.example/"),
        ("Author-email", "Somebody <somebody@index.example>"),
        ("Provides-Extra", "extra"),
        ("Requires-Dist", "rich[x]>=10,<12; extra == 'extra' and python_version >= '3.9'"),
        ("Import-Name", "sample ; private"),
        ("Dynamic", "Classifier"),
    ]
    for version in ("1.0", "2.1", "2.2", "2.6"):
        yield build_wheel("sample", "1.0", metadata_version=version, extra_metadata=headers).metadata
    yield b"Metadata-Version: 2.1\nName: x\nVersion: 1\nDescription: folded\n        |text\n"
    yield b"Name: \xff\n\n\xff"


def forms() -> Iterator[bytes]:
    """Yield upload forms, their boundary being `BOUNDARY`."""
    for distribution in (WHEEL, SDIST):
        yield multipart(distribution)
        yield multipart(distribution)[:-10]
        yield multipart(distribution).replace(b'filename="', b"filename*=UTF-8''")
        yield multipart(distribution).replace(b"\r\n", b"\n")


def multipart(distribution: BuiltDistribution) -> bytes:
    """Return the body that uploads *distribution*."""
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    texts = [f'{head}"{name}"\r\n\r\n{value}\r\n' for name, value in distribution.form_fields()]
    file = f'{head}"content"; filename="{distribution.filename}"\r\n\r\n'
    end = f"\r\n--{BOUNDARY}--\r\n"
    return "".join([*texts, file]).encode() + distribution.content + end.encode()


def write(folder: Path, marks: dict[bytes, Iterator[bytes]]) -> None:
    """Write seeds into files; the first byte of each says which of the targets it is for."""
    folder.mkdir(parents=True, exist_ok=True)
    for mark, contents in marks.items():
        for number, content in enumerate(contents):
            (folder / f"{mark.hex()}-{number:03}").write_bytes(mark + content)
