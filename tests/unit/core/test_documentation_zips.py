"""ZIPs of documentation as tools write them: what can be served safely is accepted, nothing else."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from typing import IO, cast

import pytest
from msgspec.structs import replace

from damage.damaged_zips import (
    DAMAGES,
    understated_bomb,
    with_archive_comment,
    with_data_descriptors,
)
from damage.zip_parts import Ending, Member, put_together, take_apart
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_contracts.documentation import HARMLESS, build_documentation
from pypi_core.domain.accounts import ANONYMOUS
from pypi_core.domain.archives.documentation_zips import DocumentationArchive, check_documentation
from pypi_core.domain.documentation import Alias
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import InvalidDocumentation

PAGES = {"index.html": b"Hello", "generated/DBSCAN.html": b"class", "generated/dbscan.html": b"function"}


class Pipe(io.RawIOBase):
    """A stream that takes bytes and cannot be sought in."""

    def __init__(self) -> None:
        self.content = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.content += bytes(data)  # type: ignore[call-overload]
        return len(bytes(data))  # type: ignore[call-overload]


def streamed(pages: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, wide: bool = False) -> bytes:
    """Return a ZIP as a tool writes it into a pipe; *wide* has sizes of 8 bytes."""
    pipe = Pipe()
    with zipfile.ZipFile(cast("IO[bytes]", pipe), "w", method) as archive:
        for name, content in pages.items():
            with archive.open(name, "w", force_zip64=wide) as member:
                member.write(content)
    return bytes(pipe.content)


def of_finder(pages: dict[str, bytes]) -> bytes:
    """Return a ZIP as macOS writes it: sizes behind the data, names in UTF-8 that are not flagged so."""
    members = described(build_documentation(dict(pages)))
    return put_together(replace(member, flags=member.flags & ~0x800) for member in members)


def without_signature(archive: bytes) -> bytes:
    """Write data descriptors as APPNOTE has them, of which the signature is no part."""
    return put_together(replace(each, gap=each.gap.removeprefix(b"PK\7\x08")) for each in described(archive))


def described(archive: bytes) -> list[Member]:
    """Return the members with data descriptors."""
    return [
        replace(
            member,
            flags=member.flags | 8,
            local_crc=0,
            local_size=0,
            local_compressed_size=0,
            gap=struct.pack("<4s3L", b"PK\7\x08", member.crc, len(member.data), member.size),
        )
        for member in take_apart(archive)
    ]


def of_git(pages: dict[str, bytes]) -> bytes:
    """Return a ZIP as ``git archive`` writes it: its comment is the commit."""
    return with_archive_comment(build_documentation(dict(pages)), b"0123456789abcdef0123456789abcdef01234567")


def commented(archive: bytes, comment: bytes) -> bytes:
    """Put a comment behind an archive that ends with its end record."""
    return archive[:-2] + struct.pack("<H", len(comment)) + comment


WRITERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "written into a pipe": streamed,
    "stored, into a pipe": lambda pages: streamed(pages, method=zipfile.ZIP_STORED),
    "ZIP64, into a pipe": lambda pages: streamed(pages, wide=True),
    "Finder": of_finder,
    "git archive": of_git,
    "descriptors without a signature": lambda pages: without_signature(build_documentation(dict(pages))),
    "a comment and descriptors": lambda pages: commented(streamed(pages), b"x" * 65_535),
}


def contents(archive: bytes) -> dict[str, bytes]:
    """Check a ZIP, and return what its pages hold."""
    check_documentation(io.BytesIO(archive))
    unpacked = DocumentationArchive(io.BytesIO(archive))
    return {each.name: b"".join(unpacked.content_of(each)) for each in unpacked.pages}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_zip_written_by_a_common_tool_is_accepted(writer: str) -> None:
    pages = {**PAGES, "größe.html": b"large", "empty.txt": b"", "large.bin": bytes(range(256)) * 8192}

    assert contents(WRITERS[writer](pages)) == pages


@pytest.mark.parametrize("harmless", sorted(HARMLESS))
def test_a_zip_that_troubles_only_installers_is_accepted(harmless: str) -> None:
    archive = DAMAGES[harmless](build_documentation(dict(PAGES)))

    assert contents(archive).items() >= PAGES.items()


def test_pages_whose_names_differ_in_case_are_pages_of_their_own() -> None:
    memory = InMemorySite()
    alice = memory.actor("alice")
    memory.publish(alice, build_wheel("sample", "1.0"))
    memory.document(alice, "sample", "1.0", streamed(PAGES))
    memory.work()

    for path, content in PAGES.items():
        served = memory.index.documentation.page(ANONYMOUS, NormalizedName("sample"), Alias.LATEST, path)
        with served.open() as stream:
            assert stream.read() == content


def changed_descriptor(archive: bytes, change: Callable[[bytes], bytes]) -> bytes:
    first, *others = described(archive)
    return put_together([replace(first, gap=change(first.gap)), *others])


CONTRADICTIONS: dict[str, Callable[[bytes], bytes]] = {
    "another sum": lambda gap: gap[:4] + bytes(4) + gap[8:],
    "another compressed size": lambda gap: gap[:8] + bytes(4) + gap[12:],
    "another size": lambda gap: gap[:12] + bytes(4),
    "another signature": lambda gap: b"PK\7\7" + gap[4:],
    "none": lambda _gap: b"",
    "too long": lambda gap: gap + b"\0",
    "of another kind": lambda gap: gap + bytes(8),
}


@pytest.mark.parametrize("change", CONTRADICTIONS)
def test_a_descriptor_that_contradicts_the_directory_is_refused(change: str) -> None:
    archive = changed_descriptor(build_documentation(dict(PAGES)), CONTRADICTIONS[change])

    assert "data descriptor of 'index.html' is missing or contradicts" in refusal(archive)


def test_a_descriptor_is_announced_in_both_headers() -> None:
    first, *others = described(build_documentation(dict(PAGES)))
    archive = put_together([replace(first, flags=0, local_flags=8), *others])

    assert "The local header of 'index.html' has another size or CRC" in refusal(archive)


@pytest.mark.parametrize(
    "comment", [b"PK\5\6", b"PK\5\6" + bytes(18), b"PK\5\6" + bytes(40), b"x" + put_together([])]
)
def test_a_comment_that_quotes_an_end_record_is_refused(comment: bytes) -> None:
    assert refusal(with_archive_comment(build_documentation(dict(PAGES)), comment))


def test_another_archive_in_the_comment_is_refused() -> None:
    other = build_documentation(index="Another")

    assert refusal(with_archive_comment(build_documentation(dict(PAGES)), other))


@pytest.mark.parametrize("damage", sorted(DAMAGES.keys() - HARMLESS))
def test_damage_is_found_behind_a_comment(damage: str) -> None:
    archive = DAMAGES[damage](build_documentation({"a/b.txt": "b"}, index="Hello", other="Other"))

    assert refusal(
        commented(archive, b"comment") if archive.rfind(b"PK\5\6") == len(archive) - 22 else archive
    )


def test_a_bomb_with_descriptors_is_refused() -> None:
    bomb = understated_bomb(build_documentation(dict(PAGES)))

    assert "larger than it declares" in refusal(with_data_descriptors(bomb))


def test_an_archive_ends_with_its_comment() -> None:
    archive = put_together(take_apart(build_documentation(dict(PAGES))), Ending(comment=b"c", trailing=b"x"))

    assert "Something stands behind the end record" in refusal(archive)


def refusal(archive: bytes) -> str:
    with pytest.raises(InvalidDocumentation) as caught:
        check_documentation(io.BytesIO(archive))
    return caught.value.problems[0].message
