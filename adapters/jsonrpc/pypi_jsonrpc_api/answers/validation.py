"""Answers about metadata and file names that are not stored."""

from __future__ import annotations

from pypi_core.domain.accounts import Actor
from pypi_core.errors import Invalid
from pypi_core.index import Index
from pypi_protocol.records.validation import ValidateFilenameParameters, ValidateMetadataParameters, Verdict


def validate_metadata(index: Index, actor: Actor, parameters: ValidateMetadataParameters) -> Verdict:
    try:
        checked = index.checks.metadata(actor, parameters.metadata)
    except Invalid as error:
        return _refused(error)
    return Verdict(
        valid=True,
        problems=(),
        warnings=checked.warnings,
        name=checked.name,
        version=str(checked.version),
    )


def validate_filename(index: Index, actor: Actor, parameters: ValidateFilenameParameters) -> Verdict:
    try:
        checked = index.checks.filename(actor, parameters.filename)
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
