"""``pypi-cli yank`` and ``unyank``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from pypi_tool.context import CommandContext
from pypi_tool.parameters import Release
from pypi_tool.work.requirements import NamedRelease, parse_release_files

if TYPE_CHECKING:
    from pypi_api_client import Client


def yank(
    release: Release,
    files: list[str] | None = None,
    /,
    *,
    reason: Annotated[str | None, Parameter(show_default=False)] = None,
    context: CommandContext,
) -> None:
    """
    Yank a release, or single files of it: installers skip them unless pinned exactly (PEP 592).

    Nothing is deleted, and unyank undoes it. Yanking again keeps the reason unless --reason is given.

    ```
    pypi-cli yank hello-index==1.0 --reason "breaks on 3.14"
    pypi-cli yank hello-index==1.0 hello_index-1.0.tar.gz
    ```

    Parameters
    ----------
    files
        Files of the release (default: the whole release).
    reason
        Why, in one line; "" removes the reason given before.
    """
    named = parse_release_files(release, files or ())
    with context.client(asking=True) as client:
        why = _reasons(client, named) if reason is None else dict.fromkeys(named.parts, reason)
        serials = [client.yank_file(each, why[each]) for each in named.filenames] or [
            client.yank_release(named.name, named.version, *why.values())
        ]
    context.changed(serials[-1], *(f"{each}: yanked" for each in named.parts))


def unyank(release: Release, files: list[str] | None = None, /, *, context: CommandContext) -> None:
    """
    Unyank a release, or single files of it: installers choose them again.

    A file that was yanked on its own stays yanked until it is unyanked on its own.

    ```
    pypi-cli unyank hello-index==1.0
    pypi-cli unyank hello-index==1.0 hello_index-1.0.tar.gz
    ```

    Parameters
    ----------
    files
        Files of the release (default: the release).
    """
    named = parse_release_files(release, files or ())
    with context.client(asking=True) as client:
        serials = [client.unyank_file(each) for each in named.filenames] or [
            client.unyank_release(named.name, named.version)
        ]
        left = client.release(named.name, named.version).files
    still = [each.filename for each in left if each.yanked]
    context.changed(serials[-1], *(f"{each}: unyanked" for each in named.parts))
    command = f"pypi-cli unyank {named.name}=={named.version}"
    if of_release := [each for each in named.filenames if each in still]:
        context.output.problem(
            f"{', '.join(of_release)}: still yanked, because the whole release is: {command}"
        )
    elif still and not named.filenames:
        context.output.problem(
            f"{', '.join(still)}: still yanked, because yanked on its own: {command} {' '.join(still)}"
        )


def _reasons(client: Client, named: NamedRelease) -> dict[str, str]:
    """Return why each part of a release is yanked for now; empty if it is not, or for no reason."""
    release = client.release(named.name, named.version)
    yanked = {each.filename: each.yanked for each in release.files}
    found = {each: yanked.get(each) if named.filenames else release.yanked for each in named.parts}
    return {each: reason if isinstance(reason, str) else "" for each, reason in found.items()}
