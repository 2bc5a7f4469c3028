"""What an index would say of metadata or a file name."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_protocol.errors import Problem
from pypi_protocol.records.parameters import Parameters


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What this index would say of it."""

    valid: bool
    problems: Annotated[tuple[Problem, ...], Meta(description="Everything it would be refused for.")]
    warnings: Annotated[tuple[str, ...], Meta(description="Sentences about what it lets pass.")]
    name: Annotated[str | None, Meta(description="The normalised name of the project; null if not valid.")]
    version: Annotated[str | None, Meta(description="Null if not valid.")]


class ValidateMetadataParameters(Parameters, frozen=True, kw_only=True):
    """What to look at."""

    metadata: Annotated[str, Meta(description="The content of a METADATA or PKG-INFO file.")]


class ValidateFilenameParameters(Parameters, frozen=True, kw_only=True):
    """What to look at."""

    filename: Annotated[str, Meta(description="The name of a wheel or sdist.")]
