"""Say of metadata or a file name, before there is a file, what an upload would be told."""

from __future__ import annotations

import msgspec
from packaging.version import Version

from pypi_core.domain.accounts import Action, Actor
from pypi_core.domain.distributions import inspect_metadata
from pypi_core.domain.filenames import parse_filename
from pypi_core.domain.names import NormalizedName, normalize
from pypi_core.domain.new_filenames import check_new_filename, filename_warnings
from pypi_core.domain.permissions import require
from pypi_core.domain.rules import UploadRules
from pypi_core.errors import Unauthenticated
from pypi_core.ports.environment import DescriptionRenderer
from pypi_core.ports.transactions import OpenSnapshot
from pypi_core.use_cases.permitted import governed_index
from pypi_core.use_cases.upload_limits import LimitUploads


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was found right, of which project and version; ``warnings`` are about what was let pass."""

    name: NormalizedName
    version: Version
    warnings: tuple[str, ...] = ()


class CheckMetadata:
    """
    Hold the text of a METADATA file against every rule of the index.

    Rendering the description takes time, so that only accounts may ask, and only so often.

    Raises:
        Unauthenticated: The actor is anonymous.
        Forbidden: *actor* may not read the index.
        TooMany: *actor* had too many texts checked.
        InvalidMetadata: With every problem found.
    """

    def __init__(
        self, open_snapshot: OpenSnapshot, renderer: DescriptionRenderer, limit: LimitUploads
    ) -> None:
        self._open_snapshot = open_snapshot
        self._renderer = renderer
        self._limit = limit

    def __call__(self, actor: Actor, text: str) -> Checked:
        """Return the name and version the metadata describes."""
        if actor.is_anonymous:
            raise Unauthenticated("Checking metadata needs an account: send an API token.")
        rules = _rules(self._open_snapshot, actor)
        self._limit.count_validation(actor)
        metadata, _ = inspect_metadata(text.encode("utf-8", "surrogatepass"), rules, self._renderer.render)
        return Checked(name=normalize(metadata.name), version=metadata.version, warnings=metadata.warnings)


class CheckFilename:
    """
    Hold a file name against every rule of the index that needs nothing but the name.

    Raises:
        Unauthenticated: The index is private and nobody is logged in.
        Forbidden: *actor* may not read the index.
        InvalidFilename: With every problem found.
        InvalidName: The name of the project in it is none.
        InvalidVersion: The version in it is none.
    """

    def __init__(self, open_snapshot: OpenSnapshot) -> None:
        self._open_snapshot = open_snapshot

    def __call__(self, actor: Actor, filename: str) -> Checked:
        """Return of what a file of that name would be."""
        rules = _rules(self._open_snapshot, actor)
        parsed = parse_filename(filename)
        check_new_filename(parsed, rules)
        return Checked(name=parsed.name, version=parsed.version, warnings=filename_warnings(parsed))


def _rules(open_snapshot: OpenSnapshot, actor: Actor) -> UploadRules:
    with open_snapshot() as snapshot:
        require(actor, Action.READ, governed_index(snapshot))
        return snapshot.record.settings.rules
