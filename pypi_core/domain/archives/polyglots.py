"""Files that are archives of two kinds at once."""

from __future__ import annotations

from typing import BinaryIO, Final

from pypi_core.domain.archives.contents import refusal
from pypi_core.domain.archives.zip_endings import END_SIGNATURE
from pypi_core.domain.archives.zip_records import LOCAL_SIGNATURE

_TAR_HEADER: Final = 512
_SUM: Final = slice(148, 156)


def check_is_zip_alone(archive: BinaryIO) -> None:
    """Refuse what does not begin as a ZIP, and what begins as a tar too."""
    archive.seek(0)
    beginning = archive.read(_TAR_HEADER)
    if beginning[:4] not in (LOCAL_SIGNATURE, END_SIGNATURE):
        raise refusal("it does not begin as a ZIP archive: it is not one, or something stands in front of it")
    if _is_tar_header(beginning):
        raise refusal("it is a ZIP and a tar archive at once")


def _is_tar_header(block: bytes) -> bool:
    # The name, which comes first, may be anything; what makes a tar is the sum over its header.
    if len(block) != _TAR_HEADER:
        return False
    told = _number(block[_SUM])
    if told is None:
        return False
    others = block[: _SUM.start] + b" " * 8 + block[_SUM.stop :]
    signed = sum(byte - 256 if byte > 127 else byte for byte in others)
    return told in (sum(others), signed)


def _number(field: bytes) -> int | None:
    # GNU tar writes large numbers in base 256, marked by the first byte.
    if field[0] in (0x80, 0xFF):
        return int.from_bytes(field[1:], "big") - (256 ** len(field[1:]) if field[0] == 0xFF else 0)
    try:
        return int(field.partition(b"\0")[0].strip() or b"0", 8)
    except ValueError:
        return None
