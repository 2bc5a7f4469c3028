"""``pypi-cli versions`` and ``pypi-cli files``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pypi_app.cli.context import Surroundings
from pypi_app.cli.exit_codes import ExitCode
from pypi_app.cli.requirements import parse_pinned
from pypi_app.cli.terminal import file_size

if TYPE_CHECKING:
    from pypi_api_client.models import ProjectVersion, RemoteFile
    from pypi_app.cli.output import Output


def versions(project: str, /, *, context: Surroundings) -> int:
    """
    List the versions of a project, the newest first.

    ```
    pypi-cli versions hello-index
    ```

    Parameters
    ----------
    project
        The project's name.
    """
    from pypi_api_client.selection import newest_first
    from pypi_app.cli.requirements import parse_name
    from pypi_app.cli.results import Versions

    with context.client() as client:
        found = client.project(parse_name(project))
    ordered = newest_first(found.versions)
    context.output.result(
        Versions(name=found.name, versions=ordered), _version_lines(ordered, context.output)
    )
    return ExitCode.DONE


def files(project: str, version: str | None = None, /, *, context: Surroundings) -> int:
    """
    List the files of a project, or of one of its versions, with sizes and SHA-256.

    ```
    pypi-cli files hello-index==1.0
    ```

    Parameters
    ----------
    project
        NAME or NAME==VERSION.
    version
        The version, if it is not given with the name.
    """
    from pypi_api_client.errors import NotFound
    from pypi_api_client.selection import same_release
    from pypi_app.cli.results import Files

    name, version = parse_pinned(project, version)
    with context.client() as client:
        page = client.project_page(name)
    listed = tuple(each for each in page.files if version is None or same_release(each.version, version))
    if version is not None and not listed:
        raise NotFound(f"Project {name!r} has no file of version {version!r}.", status=404)
    context.output.result(
        Files(name=name, version=version, files=listed), _file_lines(listed, context.output)
    )
    return ExitCode.DONE


def _version_lines(versions: Iterable[ProjectVersion], output: Output) -> Iterator[str]:
    from pypi_api_client.protocol.messages import printable

    for each in versions:
        files = "1 file" if each.files == 1 else f"{each.files} files"
        yanked = f" yanked: {printable(each.yanked)}" if isinstance(each.yanked, str) else " yanked"
        yield f"{printable(each.version)}  {output.dim(files + (yanked if each.yanked else ''))}"


def _file_lines(files: Iterable[RemoteFile], output: Output) -> Iterator[str]:
    for each in files:
        size = "" if each.size is None else f" {file_size(each.size)}"
        yanked = " yanked" if each.yanked else ""
        digest = each.hashes.get("sha256", "unknown")
        yield f"{each.filename}  {output.dim(f'sha256:{digest}{size}{yanked}')}"
