"""The methods ``validate.metadata`` and ``validate.filename``."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from pypi_core.domain.accounts import Actor
from pypi_core.errors import Forbidden, Invalid, Problem, TooMany, Unauthenticated
from pypi_core.index import Index
from pypi_jsonrpc_api.methods import Example, Method
from pypi_jsonrpc_api.shapes import Parameters


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


def validate_metadata(index: Index, actor: Actor, parameters: ValidateMetadataParameters) -> Verdict:
    """
    Check core metadata against every rule of this index; nothing is stored.

    Needs an account, which may check so many texts in an hour.
    """
    try:
        checked = index.check_metadata(actor, parameters.metadata)
    except Invalid as error:
        return _refused(error)
    return Verdict(
        valid=True,
        problems=(),
        warnings=checked.warnings,
        name=checked.name,
        version=str(checked.version),
    )


class ValidateFilenameParameters(Parameters, frozen=True, kw_only=True):
    """What to look at."""

    filename: Annotated[str, Meta(description="The name of a wheel or sdist.")]


def validate_filename(index: Index, actor: Actor, parameters: ValidateFilenameParameters) -> Verdict:
    """Hold a file name against every rule of this index that needs nothing but the name."""
    try:
        checked = index.check_filename(actor, parameters.filename)
    except Invalid as error:
        return _refused(error)
    return Verdict(
        valid=True,
        problems=(),
        warnings=checked.warnings,
        name=checked.name,
        version=str(checked.version),
    )


def _refused(error: Invalid) -> Verdict:
    return Verdict(valid=False, problems=error.problems, warnings=(), name=None, version=None)


_RAISES = (Unauthenticated, Forbidden)

VALIDATE_METHODS = (
    Method(
        name="validate.metadata",
        function=validate_metadata,
        writes=True,
        costly=True,
        entries=10_000,
        result_name="verdict",
        summary="Check core metadata against the rules of this index",
        raises=(*_RAISES, TooMany),
        examples=(
            Example(
                name="all in order",
                params={"metadata": "Metadata-Version: 2.1\nName: Hello\nVersion: 1.0\n"},
                result={"valid": True, "problems": [], "warnings": [], "name": "hello", "version": "1.0"},
            ),
        ),
    ),
    Method(
        name="validate.filename",
        function=validate_filename,
        result_name="verdict",
        summary="Hold a file name against the rules of this index",
        raises=_RAISES,
        examples=(
            Example(
                name="a wheel",
                params={"filename": "hello-1.0-py3-none-any.whl"},
                result={"valid": True, "problems": [], "warnings": [], "name": "hello", "version": "1.0"},
            ),
        ),
    ),
)
