"""``pypi-cli cache remove`` and ``clean``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pypi_terminal.errors import UsageError
from pypi_terminal.parameters import Yes
from pypi_terminal.quantities import counted
from pypi_tool.context import CommandContext
from pypi_tool.parameters import CacheFolder
from pypi_tool.work.requirements import parse_requirement

if TYPE_CHECKING:
    from pypi_distribution_cache import CachedFile


def remove(folder: CacheFolder, names: list[str], /, *, context: CommandContext) -> None:
    """
    Remove projects, or versions of them, from a cache.

    ```
    pypi-cli cache remove wheelhouse hello-index==1.0 "other<2"
    ```

    Parameters
    ----------
    names
        Projects, with or without versions.
    """
    from pypi_distribution_cache import DistributionCache
    from pypi_distribution_cache.errors import NotCached
    from pypi_tool.cache_results import TidiedCache

    requirements = [parse_requirement(each) for each in names]
    cache = DistributionCache.open(folder)
    with cache.changing() as change:
        found = []
        for each in requirements:
            files = [
                file
                for file in cache.project(each.name)
                if each.specifier.contains(file.version, prereleases=True)
            ]
            if not files:
                raise NotCached(f"There is no {each} in {folder}.")
            found += files
        change.remove(found)
    removed = tuple(dict.fromkeys(each.filename for each in found))
    result = TidiedCache(folder=str(folder), removed=removed, deleted=())
    context.output.result(result, done=[f"{each}: removed" for each in removed])


def clean(
    folder: CacheFolder, /, *, keep_newest: int | None = None, yes: Yes = False, context: CommandContext
) -> None:
    """
    Delete what does not belong in a cache, such as files of an interrupted download.

    ```
    pypi-cli cache clean wheelhouse
    pypi-cli cache clean wheelhouse --keep-newest 2 --yes
    ```

    Parameters
    ----------
    keep_newest
        Also remove all but this many of the newest versions of each project.
    """
    from pypi_distribution_cache import DistributionCache
    from pypi_distribution_cache.verifying import strangers
    from pypi_tool.cache_results import TidiedCache

    if keep_newest is not None and keep_newest < 1:
        raise UsageError("--keep-newest is at least 1.")
    cache = DistributionCache.open(folder)
    with cache.changing() as change:
        old = _older(cache.files(), keep_newest) if keep_newest else []
        lost = list(strangers(cache))
        if old or lost:
            doomed = f"{counted(len(old), 'distribution')} and {counted(len(lost), 'other file')}"
            context.confirm(f"Delete {doomed} of {folder}?", yes=yes)
        change.remove(old)
        for each in lost:
            each.unlink(missing_ok=True)
    result = TidiedCache(
        folder=str(folder),
        removed=tuple(each.filename for each in old),
        deleted=tuple(each.relative_to(folder).as_posix() for each in lost),
    )
    context.output.result(result, done=[f"{each}: deleted" for each in (*result.removed, *result.deleted)])


def _older(files: Iterable[CachedFile], kept: int) -> list[CachedFile]:
    """Return the files of all but the *kept* newest versions of each project."""
    from packaging.version import Version

    versions: dict[str, set[Version]] = {}
    for each in files:
        versions.setdefault(each.project, set()).add(Version(each.version))
    newest = {project: sorted(found)[-kept:] for project, found in versions.items()}
    return [each for each in files if Version(each.version) not in newest[each.project]]
