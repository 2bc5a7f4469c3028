"""One way into both kinds of archive."""

from __future__ import annotations

from typing import BinaryIO

from pypi_core.domain.archives.contents import ArchiveContents
from pypi_core.domain.archives.sdists import read_sdist
from pypi_core.domain.archives.wheels import read_wheel
from pypi_core.domain.filenames import DistributionFilename, FileType
from pypi_core.domain.rules import UploadRules


def read_archive(filename: DistributionFilename, archive: BinaryIO, rules: UploadRules) -> ArchiveContents:
    """
    Read a wheel or an sdist to its end and check it against all rules for archives.

    See docs/reference/standards/wheels.md#contents and docs/reference/standards/sdists.md#contents.

    *archive* is seekable and positioned anywhere; nothing is extracted, memory is bounded.
    """
    archive.seek(0)
    if filename.filetype is FileType.WHEEL:
        return read_wheel(filename, archive, rules)
    return read_sdist(filename, archive)
