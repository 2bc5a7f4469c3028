"""Check metadata or a file name, before there is a file, as an upload would."""

from __future__ import annotations

import msgspec
from packaging.version import Version

from pypi_core.domain.accounts import Actor
from pypi_core.domain.distributions import inspect_metadata
from pypi_core.domain.filenames import parse_filename
from pypi_core.domain.names import NormalizedName, normalize
from pypi_core.domain.new_filenames import check_new_filename, filename_warnings
from pypi_core.errors import Unauthenticated
from pypi_core.ports.environment import DescriptionRenderer
from pypi_core.use_cases.reading.access import Reading
from pypi_core.use_cases.upload_limits import LimitUploads


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The project and version of what passed; ``warnings`` are about what an upload would let pass."""

    name: NormalizedName
    version: Version
    warnings: tuple[str, ...] = ()


class UploadChecks:
    """Checks against the rules of an index, for callers who may read it (`Reading`)."""

    def __init__(self, reading: Reading, renderer: DescriptionRenderer, limit: LimitUploads) -> None:
        self._reading = reading
        self._renderer = renderer
        self._limit = limit

    def metadata(self, actor: Actor, text: str) -> Checked:
        """
        Check the text of a METADATA file against every rule of the index.

        Rendering the description takes time, so only accounts may ask, and only so often.

        Raises:
            TooMany: *actor* had too many texts checked.
            InvalidMetadata: With every problem found.
        """
        if actor.is_anonymous:
            raise Unauthenticated("Checking metadata needs an account: send an API token.")
        rules = self._reading.authorise(actor).settings.rules
        self._limit.count_validation(actor)
        metadata, _ = inspect_metadata(text.encode("utf-8", "surrogatepass"), rules, self._renderer.render)
        return Checked(name=normalize(metadata.name), version=metadata.version, warnings=metadata.warnings)

    def filename(self, actor: Actor, filename: str) -> Checked:
        """
        Check a file name against every rule of the index that needs only the name.

        Raises:
            InvalidFilename: With every problem found.
            InvalidName: The project name in it is not valid.
            InvalidVersion: The version in it is not valid.
        """
        rules = self._reading.authorise(actor).settings.rules
        parsed = parse_filename(filename)
        check_new_filename(parsed, rules)
        return Checked(name=parsed.name, version=parsed.version, warnings=filename_warnings(parsed))
