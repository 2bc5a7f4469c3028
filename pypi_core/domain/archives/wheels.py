"""Wheels: the rules of PEP 427 and of ZIP archives that everybody reads alike (STANDARDS 2.6)."""

from __future__ import annotations

import zipfile
import zlib
from typing import BinaryIO

from pypi_core.domain.archives.contents import ArchiveContents, refusal
from pypi_core.domain.filenames import DistributionFilename
from pypi_core.domain.rules import UploadRules

# METADATA carries the long description; the largest real ones are a few hundred kB.
_LARGEST_METADATA = 8 * 1024 * 1024


def read_wheel(filename: DistributionFilename, archive: BinaryIO, rules: UploadRules) -> ArchiveContents:
    """
    Read a wheel.

    Raises:
        InvalidArchive: The bytes are no wheel.
    """
    wanted = f"{filename.literal_name}-{filename.literal_version}.dist-info/METADATA"
    try:
        with zipfile.ZipFile(archive) as wheel, wheel.open(wheel.getinfo(wanted)) as content:
            metadata = content.read(_LARGEST_METADATA + 1)
    except KeyError:
        raise refusal(f"it has no {wanted}") from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,  # zipfile reports an unknown compression so
        RuntimeError,  # zipfile reports an encrypted member so
        UnicodeDecodeError,  # a ZIP member name flagged UTF-8 that is not UTF-8
        ValueError,
    ) as error:
        raise refusal(f"the file cannot be read as a wheel ({error})") from error
    if len(metadata) > _LARGEST_METADATA:
        raise refusal(f"its {wanted} is larger than {_LARGEST_METADATA // 1024 // 1024} MiB")
    return ArchiveContents(metadata_file=metadata)
