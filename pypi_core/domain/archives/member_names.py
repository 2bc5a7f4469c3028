"""Names of archive members that mean the same file to everybody, and no other."""

from __future__ import annotations

import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from pypi_core.domain.archives.contents import refusal
from pypi_core.domain.archives.limits import path_fault
from pypi_core.domain.archives.zip_records import Member
from pypi_core.errors import shown

_DOS_FOLDER: Final = 0x10
# One search for nearly all names; what is wrong with the others is asked afterwards.
_SUSPICIOUS: Final = re.compile(r"[\x00-\x1f\x7f\\]|(?:^|/)\.{0,2}(?:/|$)|^[A-Za-z]:")


def check_member_names(members: Iterable[Member], *, may_differ_in_case: bool = False) -> None:
    """
    Refuse names that lead out of the folder they are unpacked in, or two that meet there.

    Where all file systems that matter tell them apart, names *may_differ_in_case* alone.
    """
    for fault in member_name_faults(members, may_differ_in_case=may_differ_in_case):
        raise refusal(fault)


def member_name_faults(
    members: Iterable[Member], *, is_unpacked: bool = True, may_differ_in_case: bool = False
) -> Iterator[str]:
    """
    Yield what is wrong with each name, as the rest of a sentence.

    Names that are the same to some file systems matter only where somebody unpacks the archive.
    """
    folded = str if not is_unpacked else _composed if may_differ_in_case else _folded
    keys = []
    for member in members:
        name = member.name.removesuffix("/")
        if _SUSPICIOUS.search(name):
            yield f"the member name {shown(member.name)} {_fault(name)}"
        if fault := path_fault(name, member.raw_name):
            yield f"the member name {shown(member.name)} {fault}"
        yield from _faults_of_kind(member)
        # NUL sorts before everything: whatever is below a folder directly follows it.
        keys.append((folded(name).replace("/", "\0"), member.is_folder, member.name))
    keys.sort()
    for (key, is_folder, name), (next_key, _is_folder, next_name) in pairwise(keys):
        if name == next_name:
            yield f"it has {shown(name)} twice"
        elif key == next_key:
            yield f"the member names {shown(name)} and {shown(next_name)} are the same to some file systems"
        if not is_folder and next_key.startswith(f"{key}\0"):
            yield f"{shown(name)} is a file and the folder of {shown(next_name)}"


def _folded(name: str) -> str:
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _fault(name: str) -> str:
    if re.search(r"[\x00-\x1f\x7f]", name):
        return "has a control character"
    if "\\" in name:
        return "has a backslash"
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        return "is absolute"
    return "has an empty part, '.' or '..'"


def _faults_of_kind(member: Member) -> Iterator[str]:
    kind = stat.S_IFMT(member.attributes >> 16)
    looks_like_folder = kind == stat.S_IFDIR or (not kind and member.attributes & _DOS_FOLDER)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield f"{shown(member.name)} is neither a file nor a folder: links and devices are not accepted"
    if member.is_folder and member.size:
        yield f"{shown(member.name)} is a folder by its name and has content"
    if looks_like_folder and not member.is_folder:
        yield f"{shown(member.name)} is a file by its name and a folder otherwise"
