"""``pypi-cli check``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from msgspec.structs import replace

from pypi_app.cli.checking import distribution_files, inspect_file
from pypi_app.cli.failures import REFUSED, UsageError
from pypi_app.cli.terminal import bold, tell

# Given several times or not at all.
Texts = Annotated[tuple[str, ...], Parameter(negative_iterable=())]


def check(files: list[str], /, *, allow: Texts = (), platform_tag: Texts = ()) -> int:
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
    allow
        A rule that the index has switched off, such as local-versions. May be given several times.
    platform_tag
        A platform tag that the index takes beside the usual ones, such as linux_x86_64.
    """
    from pypi_core.domain.rules import PUBLIC, switched
    from pypi_core.errors import Invalid, InvalidSetting
    from pypi_environment.readme import ReadmeRenderer

    try:
        rules = replace(switched(PUBLIC, allow=allow), platform_tags=frozenset(platform_tag))
    except InvalidSetting as error:
        raise UsageError(str(error)) from error
    renderer = ReadmeRenderer()
    refused = 0
    for path in distribution_files(files):
        try:
            distribution = inspect_file(path, rules, renderer.render)
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
