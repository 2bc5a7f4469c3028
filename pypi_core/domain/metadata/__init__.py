"""
Core metadata 1.0-2.6 of archives and of upload forms, checked against the same rules.

See docs/reference/standards/metadata.md#versions.
"""

from __future__ import annotations

from pypi_core.domain.metadata.parsing import DistributionMetadata, description_of, parse_metadata
from pypi_core.domain.metadata.requirements import same_requirements, same_specifiers
from pypi_protocol.metadata import CoreMetadata

__all__ = [
    "CoreMetadata",
    "DistributionMetadata",
    "description_of",
    "parse_metadata",
    "same_requirements",
    "same_specifiers",
]
