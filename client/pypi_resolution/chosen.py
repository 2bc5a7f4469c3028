"""What was chosen."""

from __future__ import annotations

import msgspec

from pypi_api_client.models import RemoteFile


class ChosenFile(msgspec.Struct, frozen=True, kw_only=True):
    """
    A file to have: the one file of its project.

    ``name`` is the normalised name of the project; of ``hashes``, as ``algorithm:hex``, the file has to
    have one for each algorithm that is named among them; ``metadata`` are those of a wheel that the
    choice was made by, ``None`` where none were read.
    """

    name: str
    version: str
    file: RemoteFile
    hashes: frozenset[str] = frozenset()
    metadata: bytes | None = None
