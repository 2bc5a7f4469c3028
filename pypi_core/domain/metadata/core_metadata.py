"""The metadata of a distribution."""

from __future__ import annotations

import msgspec
from packaging.version import Version

from pypi_core.domain.names import DisplayName
from pypi_protocol.metadata import CoreMetadata


class DistributionMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive says of itself; ``warnings`` are sentences about what was let pass."""

    name: DisplayName
    version: Version
    core: CoreMetadata
    warnings: tuple[str, ...] = ()
