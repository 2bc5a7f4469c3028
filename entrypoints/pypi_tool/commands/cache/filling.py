"""``pypi-cli cache create`` and ``add``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pypi_terminal.errors import UsageError
from pypi_terminal.exit_codes import ExitCode
from pypi_tool.context import CommandContext, Context
from pypi_tool.parameters import CacheFolder
from pypi_tool.work.choosing import EVERYTHING, Choosing

if TYPE_CHECKING:
    from pypi_api_client import Client
    from pypi_distribution_cache import DistributionCache
    from pypi_distribution_cache.changing import Change
    from pypi_resolution.chosen import ChosenFile

_ENDINGS = (".whl", ".tar.gz")


def create(
    folder: Path,
    names: list[str] | None = None,
    /,
    *,
    choosing: Choosing = EVERYTHING,
    context: CommandContext,
) -> int:
    """
    Create a cache in a folder and fill it with distributions and everything they depend on.

    Projects, requirements files and the target are given as for `download`. One run is for one Python and
    one platform: for others, run `cache add` once for each.

    ```
    pypi-cli cache create wheelhouse -r pylock.toml
    pypi-cli cache create wheelhouse "hello-index>=1" --python 3.12 --platform manylinux2014_x86_64 --wheel
    pip install --index-url file://$PWD/wheelhouse/simple/ hello-index
    ```

    Parameters
    ----------
    folder
        Where to create the cache; there must be nothing yet.
    names
        Projects, with or without versions, and wheels and sdists on this machine.
    """
    from pypi_distribution_cache import DistributionCache

    DistributionCache.require_free(folder)
    return _fill(partial(DistributionCache.create, folder), names or [], choosing, context)


def add(
    folder: CacheFolder,
    names: list[str] | None = None,
    /,
    *,
    choosing: Choosing = EVERYTHING,
    context: CommandContext,
) -> int:
    """
    Add distributions to a cache: from the index, with everything they depend on, or from this machine.

    ```
    pypi-cli cache add wheelhouse hello-index --python 3.13
    pypi-cli cache add wheelhouse dist/*.whl
    ```

    Parameters
    ----------
    names
        Projects, with or without versions, and wheels and sdists on this machine.
    """
    from pypi_distribution_cache import DistributionCache

    if not names and not choosing.requirement:
        raise UsageError("Name at least one project or file, or a requirements file with -r.")
    cache = DistributionCache.open(folder)
    return _fill(lambda: cache, names or [], choosing, context)


def _sorted(names: Iterable[str]) -> tuple[list[Path], list[str]]:
    """Tell files of this machine from projects of the index."""
    paths, projects = [], []
    for each in names:
        if each.endswith(_ENDINGS):
            paths.append(Path(each))
        else:
            projects.append(each)
    return paths, projects


def _fill(
    make: Callable[[], DistributionCache], names: Sequence[str], choosing: Choosing, context: Context
) -> int:
    """Choose, then take the cache that *make* returns, then fill it: what cannot be had makes no cache."""
    from pypi_tool.cache_results import FilledCache

    paths, projects = _sorted(names)
    added: list[str] = []
    there: list[str] = []
    refused: list[str] = []
    with ExitStack() as stack:
        needs_index = bool(projects or choosing.requirement)
        client = None
        if needs_index:
            client = stack.enter_context(context.client(redirect_hosts=choosing.redirect_host or ()))
        chosen = _chosen(client, projects, choosing, context) if client else ()
        cache = make()
        change = stack.enter_context(cache.changing())
        for path in paths:
            (there if change.take(path) else added).append(path.name)
        if client:
            for each in chosen:
                was_there = _bring(client, each, change, context)
                outcome = refused if was_there is None else there if was_there else added
                outcome.append(each.file.filename)
    folder = cache.layout.folder
    result = FilledCache(folder=str(folder), added=tuple(added), there=tuple(there), refused=tuple(refused))
    lines = [f"{each}: added" for each in added] + [f"{each}: was there already" for each in there]
    context.output.result(result, done=lines)
    if not (added or there or refused):
        context.output.note(f"{folder} is an empty cache: fill it with cache add.")
    return ExitCode.FAILED if refused else ExitCode.DONE


def _chosen(
    client: Client, projects: Sequence[str], choosing: Choosing, context: Context
) -> tuple[ChosenFile, ...]:
    return choosing.choose(client, choosing.wanted(projects), choosing.target(), context)


def _bring(client: Client, chosen: ChosenFile, change: Change, context: Context) -> bool | None:
    """Put in a file of the index; ``None`` says that it was refused, and why has been told."""
    from pypi_api_client.errors import (
        BadDownload,
        ForbiddenAddress,
        InvalidDistribution,
        NotFound,
        RedirectRefused,
    )
    from pypi_distribution_cache.errors import OtherContent

    file = chosen.file
    try:
        with context.output.progress(file.filename, file.size) as progress:
            fetch = partial(
                client.download, file, metadata=chosen.metadata, hashes=chosen.hashes, progress=progress
            )
            return change.bring(file, fetch)
    except (
        BadDownload,
        ForbiddenAddress,
        InvalidDistribution,
        NotFound,
        OtherContent,
        RedirectRefused,
    ) as error:
        context.output.problem(str(error))
        return None
