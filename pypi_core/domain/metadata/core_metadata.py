"""Core metadata as values."""

from __future__ import annotations

import msgspec
from packaging.version import Version

from pypi_core.domain.names import DisplayName


class CoreMetadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The descriptive part of core metadata 1.0-2.6, as text; absent fields are empty."""

    metadata_version: str = "1.0"
    summary: str = ""
    description: str = ""
    description_content_type: str = ""
    keywords: tuple[str, ...] = ()
    author: str = ""
    author_email: str = ""
    maintainer: str = ""
    maintainer_email: str = ""
    license: str = ""
    license_expression: str = ""
    license_files: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    supported_platforms: tuple[str, ...] = ()
    home_page: str = ""
    download_url: str = ""
    project_urls: dict[str, str] = msgspec.field(default_factory=dict)
    requires_python: str = ""
    requires_dist: tuple[str, ...] = ()
    requires_external: tuple[str, ...] = ()
    provides_dist: tuple[str, ...] = ()
    obsoletes_dist: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    obsoletes: tuple[str, ...] = ()
    provides_extra: tuple[str, ...] = ()
    dynamic: tuple[str, ...] = ()
    import_names: tuple[str, ...] = ()
    import_namespaces: tuple[str, ...] = ()


class DistributionMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive says of itself; ``warnings`` are sentences about what was let pass."""

    name: DisplayName
    version: Version
    core: CoreMetadata
    warnings: tuple[str, ...] = ()
