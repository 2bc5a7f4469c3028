"""
ZIPs of documentation: what can be served safely is accepted, within bounds.

See docs/reference/standards/documentation.md#upload.

Pages are served as the central directory names them and are never unpacked into a folder.  So
less matters than with wheels: which other readers would see another archive, and which names a
file system would take for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, Final

from pypi_core.domain.archives.contents import OPENING
from pypi_core.domain.archives.inflating import inflate
from pypi_core.domain.archives.member_names import member_name_faults
from pypi_core.domain.archives.polyglots import check_is_zip_alone
from pypi_core.domain.archives.zip_framing import ZipFrame
from pypi_core.domain.archives.zip_records import Member, ZipRules
from pypi_core.domain.documentation import FRONT_PAGE
from pypi_core.errors import InvalidArchive, InvalidDocumentation, shown
from pypi_protocol.errors import Problem

LARGEST_UNPACKED: Final = 500 * 1024 * 1024
MOST_MEMBERS: Final = 20_000
LONGEST_PATH: Final = 240
"""In bytes of UTF-8."""

_RULES: Final = ZipRules(comments=True, descriptors=True, unflagged_names=True)
_MOST_TOLD: Final = 20


def check_documentation(archive: BinaryIO) -> None:
    """
    Read a ZIP of documentation to its end and check it against all rules; memory is bounded.

    Raises:
        InvalidDocumentation: It breaks some, all of which are named, or cannot be read to its end.
    """
    try:
        frame = _frame(archive)
        faults = list(islice(_faults(frame), _MOST_TOLD))
        if not faults:
            # Only what is small and well named is worth decompressing.
            for member in frame.walk():
                for _piece in inflate(archive, member):
                    pass
    except InvalidArchive as error:
        faults = [each.message.removeprefix(OPENING).removesuffix(".") for each in error.problems]
    if faults:
        raise InvalidDocumentation(*map(_problem, faults))


class DocumentationArchive:
    """
    The pages in a ZIP that `check_documentation` has accepted.

    Files whose path has a part that begins with a dot are no pages: tools leave notes to
    themselves there.
    """

    def __init__(self, archive: BinaryIO) -> None:
        self._frame = _frame(archive)
        self.pages = tuple(each for each in self._frame.members if _is_page(each))

    def content_of(self, page: Member) -> Iterator[bytes]:
        """Yield the content of a page in pieces."""
        return inflate(self._frame.data_of(page), page)


def _frame(archive: BinaryIO) -> ZipFrame:
    check_is_zip_alone(archive)
    return ZipFrame(archive, MOST_MEMBERS, _RULES)


def _faults(frame: ZipFrame) -> Iterator[str]:
    if all(member.name != FRONT_PAGE for member in frame.members):
        yield f"it has no {FRONT_PAGE} at the top level, outside of all folders"
    unpacked = sum(member.size for member in frame.members)
    if unpacked > LARGEST_UNPACKED:
        yield f"it unpacks to {unpacked} bytes: at most {LARGEST_UNPACKED} are accepted"
    for member in frame.members:
        if len(member.raw_name) > LONGEST_PATH:
            yield f"the path {shown(member.name)} is longer than {LONGEST_PATH} bytes"
    yield from member_name_faults(frame.members, is_unpacked=False)


def _is_page(member: Member) -> bool:
    return not member.is_folder and not any(part.startswith(".") for part in member.name.split("/"))


def _problem(fault: str) -> Problem:
    return Problem("content", f"Invalid documentation. {fault[:1].upper()}{fault[1:]}.")
