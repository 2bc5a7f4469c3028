"""Extra fields of ZIP headers: what is told behind a member's name."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Final

from pypi_core.domain.archives.contents import refusal
from pypi_core.errors import shown

ZIP64: Final = 0x0001
UNICODE_PATH: Final = 0x7075

_HEADER: Final = struct.Struct("<2H")
_ZIP64_LENGTHS: Final = (0, 8, 16, 24, 28)
_WIDE: Final = struct.Struct("<Q")
# Size, compressed size, offset, and the number of the disk: the value that refers to ZIP64.
_SATURATED: Final = (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFF)


def read_extra_fields(extra: bytes, name: str) -> dict[int, bytes]:
    """Return the fields that change how a member is read, by their identifier; none may be there twice."""
    found: dict[int, bytes] = {}
    position = 0
    while position < len(extra):
        start = position + _HEADER.size
        if start > len(extra):
            raise refusal(f"the extra fields of {shown(name)} overrun their length")
        identifier, length = _HEADER.unpack_from(extra, position)
        position = start + length
        if position > len(extra):
            raise refusal(f"the extra fields of {shown(name)} overrun their length")
        if identifier in (ZIP64, UNICODE_PATH):
            if identifier in found:
                raise refusal(f"{shown(name)} has the extra field 0x{identifier:04x} twice")
            found[identifier] = extra[start:position]
    return found


def check_unicode_path(fields: dict[int, bytes], raw_name: bytes, name: str) -> None:
    """
    Refuse a Unicode path that gives the member another name than its header does.

    Readers that know the field would see another archive than those that do not.

    Raises:
        InvalidArchive: It differs, or is not one.
    """
    content = fields.get(UNICODE_PATH)
    if content is None:
        return
    version_and_sum = struct.pack("<BL", 1, zlib.crc32(raw_name))
    if content[:5] != version_and_sum or content[5:] != raw_name:
        raise refusal(f"the Unicode path of {shown(name)} is another than its name")


def widened(values: Sequence[int], fields: dict[int, bytes], name: str) -> list[int]:
    """
    Return size, compressed size, and for the directory offset and disk, as ZIP64 tells them.

    APPNOTE 4.5.3: the field has, in this order, those values that do not fit their place in
    the header.  Some writers put all of them there; that is accepted if it says the same.
    """
    content = fields.get(ZIP64)
    missing = [at for at, value in enumerate(values) if value == _SATURATED[at]]
    if content is None:
        if missing:
            raise refusal(f"{shown(name)} refers to ZIP64 sizes that it does not have")
        return list(values)
    if len(content) not in _ZIP64_LENGTHS:
        raise refusal(f"the ZIP64 field of {shown(name)} has an impossible length")
    wide = [number for (number,) in _WIDE.iter_unpack(content[:24])]
    wide += [int.from_bytes(content[24:], "little")] if len(content) > 24 else []
    told = list(values)
    for at, number in zip(missing, wide, strict=False):
        told[at] = number
    if len(wide) < len(missing) or (len(wide) > len(missing) and told[: len(wide)] != wide[: len(told)]):
        raise refusal(f"the ZIP64 field of {shown(name)} contradicts its header")
    return told
