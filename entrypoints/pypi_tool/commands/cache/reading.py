"""``pypi-cli cache list``, ``search`` and ``verify``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from pypi_terminal.columns import Row, Table
from pypi_terminal.exit_codes import ExitCode
from pypi_terminal.parameters import Flag
from pypi_terminal.quantities import counted, file_size
from pypi_tool.context import CommandContext
from pypi_tool.parameters import CacheFolder

if TYPE_CHECKING:
    from pypi_distribution_cache import CachedFile
    from pypi_terminal.output import Output


def list_files(folder: CacheFolder, /, *, context: CommandContext) -> None:
    """
    List what is in a cache: project, version, file, size.

    ```
    pypi-cli cache list wheelhouse
    ```
    """
    from pypi_distribution_cache import DistributionCache
    from pypi_tool.cache_results import CacheContent

    files = DistributionCache.open(folder).files()
    rows = [
        Row(
            (
                each.project,
                each.version,
                file_size(each.size),
                "yanked" if each.yanked else "",
                each.filename,
            ),
            is_dim=bool(each.yanked),
        )
        for each in files
    ]
    table = Table(("Project", "Version", "Size", "", "File"), rows)
    context.output.result(CacheContent(folder=str(folder), files=files), _files(files), table=table)


def search(folder: CacheFolder, words: list[str], /, *, context: CommandContext) -> int:
    """
    Find projects in a cache by words in their names and summaries.

    ```
    pypi-cli cache search wheelhouse http client
    ```

    Parameters
    ----------
    words
        What to look for; every word has to be there.
    """
    from pypi_distribution_cache import DistributionCache
    from pypi_tool.cache_results import CacheContent

    files = DistributionCache.open(folder).search(" ".join(words))
    context.output.result(CacheContent(folder=str(folder), files=files), _projects(files, context.output))
    if not files:
        context.output.note("Nothing was found: use fewer words, or only parts of them.")
        return ExitCode.NOTHING_MATCHED
    return ExitCode.DONE


def verify(folder: CacheFolder, /, *, repair: Flag = False, context: CommandContext) -> int:
    """
    Check a cache against its catalogue: every file by size and digest, every page, and
    what does not belong there.

    ```
    pypi-cli cache verify /media/stick/wheelhouse
    ```

    Parameters
    ----------
    repair
        Rewrite pages that are missing or outdated.
    """
    from pypi_distribution_cache import DistributionCache
    from pypi_distribution_cache.verifying import verify
    from pypi_tool.cache_results import VerifiedCache

    cache = DistributionCache.open(folder)
    if repair:
        with cache.changing():
            # A change of nothing writes what the catalogue says.
            pass
    findings = tuple(verify(cache))
    result = VerifiedCache(folder=str(folder), files=len(cache.files()), findings=findings, repaired=repair)
    context.output.result(result, [f"{counted(result.files, 'file')}, all good"] if not findings else ())
    for each in findings:
        context.output.problem(f"{each.path}: {each.damage}: {each.why}")
    return ExitCode.FAILED if findings else ExitCode.DONE


def _files(files: Sequence[CachedFile]) -> Iterator[str]:
    for each in files:
        yanked = "  yanked" if each.yanked else ""
        yield f"{each.project} {each.version}  {each.filename}  {file_size(each.size)}{yanked}"


def _projects(files: Sequence[CachedFile], output: Output) -> Iterator[str]:
    from pypi_api_client.protocol.messages import printable

    for name, found in groupby(files, key=lambda each: each.project):
        of_project = list(found)
        versions = ", ".join(dict.fromkeys(each.version for each in of_project))
        yield f"{output.bold(name)} {versions}  {printable(of_project[-1].summary)}".rstrip()
