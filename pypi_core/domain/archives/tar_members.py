"""The members of a tar archive, read once and forwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum

import msgspec

from pypi_core.domain.archives.contents import refusal
from pypi_core.domain.archives.gzip_stream import GzipStream
from pypi_core.domain.archives.limits import LONGEST_NAMES, MOST_MEMBERS, memory_of, path_fault
from pypi_core.domain.archives.tar_headers import (
    BLOCK,
    TarHeader,
    parse_header,
    parse_pax_records,
    pax_size,
)
from pypi_core.errors import shown


class TarKind(Enum):
    """What a member is; anything else is refused."""

    FILE = "file"
    FOLDER = "folder"
    HARD_LINK = "hard link"
    SYMBOLIC_LINK = "symbolic link"


class TarMember(msgspec.Struct, frozen=True, kw_only=True):
    """
    A member as every reader sees it.

    ``name`` and ``link`` are as they are written; ``size`` is in bytes, 0 for what has no content.
    """

    kind: TarKind
    name: str
    link: str
    size: int
    mode: int


class TarMembers:
    """Goes through the members of the archive in *stream*; the present one can be read."""

    def __init__(self, stream: GzipStream) -> None:
        self._stream = stream
        self._left = 0
        self._padding = 0
        self._count = 0
        self._name_size = 0

    def __iter__(self) -> Iterator[TarMember]:
        records: Mapping[str, bytes] = {}
        long_name: bytes | None = None
        long_link: bytes | None = None
        while (block := self._next_block()) is not None:
            header = parse_header(block)
            if header.kind == b"x" and not records:
                records = parse_pax_records(self._extended(header))
            elif header.kind == b"g":
                _check_global(parse_pax_records(self._extended(header)))
            elif header.kind == b"L" and long_name is None:
                long_name = self._extended(header).partition(b"\0")[0]
            elif header.kind == b"K" and long_link is None:
                long_link = self._extended(header).partition(b"\0")[0]
            else:
                member = _member(header, records, long_name, long_link)
                self._count_in(member)
                self._begin(member.size)
                yield member
                records, long_name, long_link = {}, None, None
        if records or long_name is not None or long_link is not None:
            raise refusal("its tar archive ends after an extended header")

    def read(self, longest: int) -> bytes | None:
        """Return the content of the present member, ``None`` where it is longer than *longest*."""
        if self._left > longest:
            return None
        content = self._stream.read(self._left)
        self._left -= len(content)
        return content

    def _begin(self, size: int) -> None:
        self._left, self._padding = size, -size % BLOCK

    def _next_block(self) -> bytes | None:
        """Return the next header, ``None`` at the end of the archive."""
        # The padding may hold anything: old tools left there what was in memory.
        rest = self._left + self._padding
        block = self._stream.read(BLOCK) if self._stream.skip(rest) == rest else b"cut off"
        self._begin(0)
        if len(block) == BLOCK and block.strip(b"\0"):
            return block
        if len(block) not in {0, BLOCK}:
            raise refusal("its tar archive ends in the middle: the file was cut off")
        for piece in self._stream.rest():
            if piece.strip(b"\0"):
                raise refusal("something follows the end of its tar archive")
        return None

    def _extended(self, header: TarHeader) -> bytes:
        """Return the content of a header that describes the member behind it."""
        self._begin(header.size)
        content = self.read(_LONGEST_EXTENDED_HEADER)
        if content is None:
            raise refusal(f"its tar archive has an extended header of {header.size} bytes")
        if len(content) < header.size:
            raise refusal("its tar archive ends in the middle: the file was cut off")
        self._count_another()
        return content

    def _count_in(self, member: TarMember) -> None:
        self._count_another()
        self._name_size += memory_of(member.name) + memory_of(member.link)
        if self._name_size > LONGEST_NAMES:
            raise refusal(f"the names in it are longer than {LONGEST_NAMES // 2**20} MiB together")

    def _count_another(self) -> None:
        self._count += 1
        if self._count > MOST_MEMBERS:
            raise refusal(f"it has more than {MOST_MEMBERS} members")


# Of pax records, and of long names; real ones have some hundred bytes.
_LONGEST_EXTENDED_HEADER = 1024 * 1024

_SPARSE = "GNU.sparse."
_KINDS = {
    b"0": TarKind.FILE,
    b"\0": TarKind.FILE,
    b"1": TarKind.HARD_LINK,
    b"2": TarKind.SYMBOLIC_LINK,
    b"5": TarKind.FOLDER,
}
_REFUSED = {
    b"3": "a device",
    b"4": "a device",
    b"6": "a FIFO",
    b"7": "a contiguous file",
    b"S": "a sparse file",
    b"x": "two extended headers for one member",
    b"L": "two long names for one member",
    b"K": "two long links for one member",
}


def _member(
    header: TarHeader, records: Mapping[str, bytes], long_name: bytes | None, long_link: bytes | None
) -> TarMember:
    """Put a member together from its header and what describes it in front."""
    if any(each.startswith(_SPARSE) for each in records):
        raise refusal("it holds a sparse file")
    if header.kind not in _KINDS:
        raise refusal(f"it holds {_REFUSED.get(header.kind, f'a member of an unknown kind {header.kind!r}')}")
    if (records.keys() & {"path", "linkpath"}) and (long_name is not None or long_link is not None):
        raise refusal("its tar archive names a member in two ways")
    name = _decoded(records.get("path", header.name if long_name is None else long_name))
    link = _decoded(records.get("linkpath", header.link if long_link is None else long_link))
    size = pax_size(records["size"]) if "size" in records else header.size
    kind = _KINDS[header.kind]
    # As tar was before POSIX: folders had no flag of their own.
    if header.kind == b"\0" and name.endswith("/"):
        kind = TarKind.FOLDER
    if kind is not TarKind.FILE and size:
        raise refusal(f"the {kind.value} {shown(name)} in it has content, which not every reader passes over")
    return TarMember(kind=kind, name=name, link=link, size=size, mode=header.mode)


def _check_global(records: Mapping[str, bytes]) -> None:
    if any(each in {"path", "linkpath", "size"} or each.startswith(_SPARSE) for each in records):
        raise refusal("its tar archive names several members alike, by a global header")


def _decoded(raw_name: bytes) -> str:
    try:
        name = raw_name.decode()
    except UnicodeDecodeError as error:
        raise refusal(f"the name of a member, {shown(repr(raw_name[:200]))}, is not UTF-8") from error
    if fault := path_fault(name, raw_name):
        raise refusal(f"the name {shown(name)} in it {fault}")
    return name
