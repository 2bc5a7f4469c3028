"""
What a new file may be called; names of existing files are only read.

See docs/reference/standards/file-names.md#wheel-names.
"""

from __future__ import annotations

from pypi_core.domain.filenames import DistributionFilename, FileType, check_spelling
from pypi_core.domain.platform_tags import check_platform_tags
from pypi_core.domain.rules import UploadRules
from pypi_core.errors import InvalidFilename
from pypi_protocol.errors import Problem


def check_new_filename(filename: DistributionFilename, rules: UploadRules) -> None:
    """
    Check the name of a new file against every rule that needs only the name.

    Raises:
        InvalidFilename: With every problem found.
    """
    problems: list[Problem] = []
    if not rules.allow_unnormalized_filenames or filename.text.endswith(".zip"):
        try:
            check_spelling(filename, filename.version)
        except InvalidFilename as error:
            problems += error.problems
    try:
        check_platform_tags(filename, rules)
    except InvalidFilename as error:
        problems += error.problems
    if problems:
        raise InvalidFilename(*problems)


def filename_warnings(filename: DistributionFilename) -> tuple[str, ...]:
    """Return what is not as it should be in an acceptable name."""
    if filename.filetype is FileType.SDIST:
        return ()
    sets = [each.split(".") for each in filename.text.removesuffix(".whl").split("-")[-3:]]
    if all(tags == sorted(tags) for tags in sets):
        return ()
    ordered = "-".join(".".join(sorted(tags)) for tags in sets)
    return (f"The tags in {filename.text} should stand in order: {ordered}.",)
