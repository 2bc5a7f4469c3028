"""``pypi-cli check``."""

from __future__ import annotations

from pypi_app.cli.checking import distribution_files, inspect_file
from pypi_app.cli.failures import REFUSED
from pypi_app.cli.terminal import bold, tell


def check(files: list[str], /) -> int:
    """
    Tell whether an index would take wheels and sdists, without sending them anywhere.

    It makes the checks that the server makes, with the same code, and lists everything that is wrong
    with a file at once: archive, file name, metadata, and whether the description renders. What only the
    index can know, such as whether a name is taken, is not checked. The exit code is 1 if a file would be
    refused.

        pypi-cli check dist/*

    Parameters
    ----------
    files
        The files to check: *.whl and *.tar.gz.
    """
    from pypi_core.domain.rules import PUBLIC
    from pypi_core.errors import Invalid
    from pypi_environment.readme import ReadmeRenderer

    renderer = ReadmeRenderer()
    refused = 0
    for path in distribution_files(files):
        try:
            distribution = inspect_file(path, PUBLIC, renderer.render)
        except Invalid as error:
            refused += 1
            tell(f"{path.name}: {bold('would be refused')}")
            for problem in error.problems:
                tell(f"  {problem.message}")
        else:
            tell(f"{path.name}: good")
            for warning in distribution.warnings:
                tell(f"  Warning: {warning}")
    return REFUSED if refused else 0
