"""Answers about metadata and file names that are not stored."""

from __future__ import annotations

from collections.abc import Callable

from pypi_core.domain.accounts import Actor
from pypi_core.errors import Invalid
from pypi_core.index import Index
from pypi_core.use_cases.reading.checks import Checked
from pypi_protocol.records.validation import ValidateFilenameParameters, ValidateMetadataParameters, Verdict


def validate_metadata(index: Index, actor: Actor, parameters: ValidateMetadataParameters) -> Verdict:
    return _verdict(lambda: index.checks.metadata(actor, parameters.metadata))


def validate_filename(index: Index, actor: Actor, parameters: ValidateFilenameParameters) -> Verdict:
    return _verdict(lambda: index.checks.filename(actor, parameters.filename))


def _verdict(check: Callable[[], Checked]) -> Verdict:
    try:
        checked = check()
    except Invalid as error:
        return Verdict(valid=False, problems=error.problems, warnings=(), name=None, version=None)
    return Verdict(
        valid=True, problems=(), warnings=checked.warnings, name=checked.name, version=str(checked.version)
    )
