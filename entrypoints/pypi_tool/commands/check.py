"""``pypi-cli check``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pypi_terminal.errors import UsageError
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.parameters import Texts
from pypi_tool.context import CommandContext
from pypi_tool.parameters import SkipUnsupported
from pypi_tool.work.checking import distribution_files, inspect_files

if TYPE_CHECKING:
    from pypi_terminal.output import Output
    from pypi_tool.results import CheckedFile


def check(
    files: list[str],
    /,
    *,
    allow: Texts = (),
    platform_tag: Texts = (),
    skip_unsupported: SkipUnsupported = False,
    context: CommandContext,
) -> int:
    """
    Check whether an index would accept wheels and sdists, without sending them anywhere.

    These are the checks of the server, made by the same code: archive, file name, metadata, whether the
    description renders, and whether the files of a release fit together. Everything that is wrong with a
    file is listed at once. What only the index can know, such as whether a name is taken, is not checked.
    The exit code is 1 if a file would be refused.

    ```
    pypi-cli check dist/*
    ```

    Parameters
    ----------
    files
        The files to check: *.whl and *.tar.gz.
    allow
        A rule that the index has switched off, such as local-versions. May be given several times.
    platform_tag
        A platform tag that the index accepts besides the usual ones, such as linux_x86_64.
    """
    from msgspec.structs import replace

    from pypi_core.domain.rules import PUBLIC, switched
    from pypi_core.errors import InvalidSetting
    from pypi_environment.readme import ReadmeRenderer
    from pypi_tool.results import Checked, CheckedFile

    try:
        rules = replace(switched(PUBLIC, allow=allow), platform_tags=frozenset(platform_tag))
    except InvalidSetting as error:
        raise UsageError(str(error)) from error
    paths = distribution_files(files, skip_unsupported=skip_unsupported)
    checked = []
    for path, problems, warnings in inspect_files(paths, rules, ReadmeRenderer().render):
        checked.append(
            CheckedFile(filename=path.name, good=not problems, problems=problems, warnings=warnings)
        )
        if problems or not context.output.is_quiet:
            for line in _lines(checked[-1], context.output):
                context.output.line(line)
    context.output.result(Checked(files=tuple(checked)))
    return ExitCode.DONE if all(each.good for each in checked) else ExitCode.FAILED


def _lines(file: CheckedFile, output: Output) -> Iterator[str]:
    yield f"{file.filename}: {'good' if file.good else output.bold('would be refused')}"
    for problem in file.problems:
        yield f"  {problem}"
    for warning in file.warnings:
        yield f"  Warning: {warning}"
