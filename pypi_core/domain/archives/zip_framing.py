"""
The framing of a ZIP: a reader from the start sees what the central directory lists.

PyPA's advisory on ZIP confusion: installers read wheels either way, and must not be shown
two different archives.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import BinaryIO, Final

from pypi_core.domain.archives.contents import refusal
from pypi_core.domain.archives.limits import LONGEST_NAMES, MOST_MEMBERS, check_inflation
from pypi_core.domain.archives.zip_endings import find_directory
from pypi_core.domain.archives.zip_records import (
    LOCAL_HEADER,
    STRICT,
    Member,
    ZipRules,
    check_descriptor,
    read_directory,
    read_exactly,
    read_local_header,
)
from pypi_core.errors import shown

_LARGEST_DIRECTORY: Final = LONGEST_NAMES


class ZipFrame:
    """
    The members of a ZIP in the order in which they stand in the file.

    To construct it reads the end records and the central directory: the members follow each
    other without overlapping, and are no bomb by what they declare.  `walk` holds each local
    header against that.
    """

    def __init__(self, archive: BinaryIO, most_members: int = MOST_MEMBERS, rules: ZipRules = STRICT) -> None:
        self._archive = archive
        self._rules = rules
        size = archive.seek(0, 2)
        directory = find_directory(archive, size, rules)
        if directory.count > most_members:
            raise refusal(f"it has more than {most_members} members")
        if directory.size > _LARGEST_DIRECTORY:
            raise refusal(f"its central directory is larger than {_LARGEST_DIRECTORY // 1024 // 1024} MiB")
        archive.seek(directory.offset)
        members = read_directory(read_exactly(archive, directory.size), directory.count, rules)
        self.members = sorted(members, key=attrgetter("offset"))
        self._end = directory.offset
        self._check_no_overlap()
        self._check_no_bomb(size)

    def walk(self) -> Iterator[Member]:
        """
        Yield each member, the archive standing at its data, which is to be read to its end.

        Nothing may stand between two members.
        """
        position = 0
        self._archive.seek(0)
        following = [each.offset for each in self.members[1:]] + [self._end]
        for member, end in zip(self.members, following, strict=False):
            if member.offset != position:
                raise refusal(f"there are bytes in front of {shown(member.name)} that belong to no member")
            header = read_local_header(self._archive, member, self._rules)
            position += header + member.compressed_size
            yield member
            if member.has_descriptor:
                check_descriptor(self._archive, member, end - position)
                position = end
        if position != self._end:
            raise refusal("there are bytes in front of its central directory that belong to no member")

    def data_of(self, member: Member) -> BinaryIO:
        """Return the archive, standing at the data of a member that `walk` has yielded before."""
        self._archive.seek(member.offset)
        read_local_header(self._archive, member, self._rules)
        return self._archive

    def _check_no_overlap(self) -> None:
        following = self._end
        for member in reversed(self.members):
            if member.offset + LOCAL_HEADER.size + len(member.raw_name) + member.compressed_size > following:
                raise refusal(f"{shown(member.name)} overlaps with what follows it in the archive")
            following = member.offset

    def _check_no_bomb(self, size: int) -> None:
        check_inflation(sum(member.size for member in self.members), size)
