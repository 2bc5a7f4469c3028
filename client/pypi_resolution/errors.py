"""
Why no set of distributions was chosen; each message is a sentence for a person.

::

    ResolutionError
    ├── BadRequirements     what is wanted cannot be read, or is not supported: file and line
    ├── BadTarget           there is no such Python or platform, or the requirements exclude it
    ├── NothingFits         the index has no such project, or no version or file of it that fits
    ├── Contradiction       requirements exclude each other
    ├── HashesMissing       hashes are required, and something has none
    ├── MetadataUnknown     only the code of an sdist can say what it depends on, and it may not be run
    └── BuildFailed         the code of an sdist was asked what it depends on, and failed
"""

from __future__ import annotations

from pypi_api_client.errors import ClientError


class ResolutionError(ClientError):
    """The base of all errors of choosing distributions."""


class BadRequirements(ResolutionError):
    """
    What is wanted cannot be read, or is not available from an index.

    Attributes:
        problems: Everything that is wrong, each with its file and line.
    """

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__(" ".join(self.problems))


class BadTarget(ResolutionError):
    """There is no such Python or platform, or the requirements exclude it."""


class NothingFits(ResolutionError):
    """The index has no such project, or no version or file of it that fits."""


class Contradiction(ResolutionError):
    """Requirements exclude each other."""


class HashesMissing(ResolutionError):
    """Hashes are required, and something to be downloaded has none."""


class MetadataUnknown(ResolutionError):
    """Only the code of an sdist can say what it depends on, and it may not be run."""


class BuildFailed(ResolutionError):
    """The code of an sdist was asked what it depends on, and failed."""
