"""``pypi-cli versions`` and ``pypi-cli files``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from pypi_terminal.columns import Row, Table
from pypi_terminal.errors import UsageError
from pypi_terminal.quantities import file_size
from pypi_tool.context import CommandContext
from pypi_tool.parameters import OwnVersion, ProjectName, ProjectOrRelease
from pypi_tool.work.requirements import parse_pinned

if TYPE_CHECKING:
    from datetime import datetime

    from pypi_api_client.models import RemoteFile
    from pypi_protocol.records.releases import VersionDescription
    from pypi_terminal.output import Output
    from pypi_tool.results import ListedVersion


def versions(project: ProjectName, /, *, context: CommandContext) -> None:
    """
    List the versions of a project, newest first.

    ```
    pypi-cli versions hello-index
    ```
    """
    from pypi_api_client.errors import ClientError
    from pypi_api_client.selection import newest_first
    from pypi_tool.results import Versions
    from pypi_tool.work.requirements import parse_name

    name = parse_name(project)
    with context.client() as client:
        found = client.project(name)
        try:
            dates = _release_dates(client.project_page(name).files)
        except ClientError:
            dates = {}
    listed = tuple(_listed(each, dates) for each in newest_first(found.versions))
    rows = [
        Row(
            (each.version, _date(each.released), str(each.files), _reason(each.yanked)),
            is_dim=bool(each.yanked),
        )
        for each in listed
    ]
    context.output.result(
        Versions(name=found.name, versions=listed),
        _version_lines(listed, context.output),
        table=Table(("Version", "Released", "Files", "Yanked"), rows),
    )


def files(
    project: ProjectOrRelease | None = None,
    version: OwnVersion = None,
    /,
    *,
    sha256: str | None = None,
    context: CommandContext,
) -> None:
    """
    List the files of a project, or of one of its versions, with sizes and SHA-256.

    ```
    pypi-cli files hello-index==1.0
    pypi-cli files --sha256 DIGEST
    ```

    Parameters
    ----------
    sha256
        Find the file with this digest instead, whatever its project.
    """
    from pypi_api_client.errors import NotFound
    from pypi_api_client.models import quarantine_of
    from pypi_api_client.selection import same_release

    if (project is None) == (sha256 is None):
        raise UsageError("Name a project, or give the digest of a file with --sha256.")
    if sha256 is not None:
        with context.client() as client:
            found = client.find_file(sha256.lower())
        _show(context, found.project, found.version, (found.file,))
        return
    name, version = parse_pinned(project or "", version)
    with context.client() as client:
        page = client.project_page(name)
    listed = tuple(each for each in page.files if version is None or same_release(each.version, version))
    if hidden := quarantine_of(name, page.status, page.status_reason):
        context.output.note(hidden)
    elif version is not None and not listed:
        raise NotFound(f"Project {name!r} has no file of version {version!r}.", status=404)
    _show(context, name, version, listed)


def _show(context: CommandContext, name: str, version: str | None, files: tuple[RemoteFile, ...]) -> None:
    from pypi_tool.results import Files

    context.output.result(
        Files(name=name, version=version, files=files),
        _file_lines(files, context.output),
        table=Table(("File", "Size", "Uploaded", "Yanked", "SHA-256"), [_file_row(each) for each in files]),
    )


def _release_dates(files: Iterable[RemoteFile]) -> dict[str, datetime]:
    """Return when the first file of each version came, by the normalised version."""
    dates: dict[str, datetime] = {}
    for each in files:
        if each.version and each.upload_time:
            dates[each.version] = min(each.upload_time, dates.get(each.version, each.upload_time))
    return dates


def _listed(version: VersionDescription, dates: Mapping[str, datetime]) -> ListedVersion:
    from pypi_api_client.selection import same_release
    from pypi_tool.results import ListedVersion

    released = dates.get(version.version) or next(
        (date for each, date in dates.items() if same_release(each, version.version)), None
    )
    return ListedVersion(
        version=version.version, files=version.files, yanked=version.yanked, released=released
    )


def _version_lines(versions: Iterable[ListedVersion], output: Output) -> Iterator[str]:
    for each in versions:
        yanked = f" {_yanked(each.yanked)}" if each.yanked else ""
        yield f"{each.version}  {output.dim(_count(each.files) + yanked)}"


def _file_lines(files: Iterable[RemoteFile], output: Output) -> Iterator[str]:
    for each in files:
        size = "" if each.size is None else f" {file_size(each.size)}"
        yanked = " yanked" if each.yanked else ""
        digest = each.hashes.get("sha256", "unknown")
        yield f"{each.filename}  {output.dim(f'sha256:{digest}{size}{yanked}')}"


def _file_row(file: RemoteFile) -> Row:
    size = "" if file.size is None else file_size(file.size)
    cells = (file.filename, size, _date(file.upload_time), _reason(file.yanked) and "yes")
    return Row((*cells, file.hashes.get("sha256", "unknown")), is_dim=bool(file.yanked))


def _count(files: int) -> str:
    return "1 file" if files == 1 else f"{files} files"


def _reason(yanked: bool | str) -> str:
    return yanked if isinstance(yanked, str) else "yes" if yanked else ""


def _yanked(yanked: bool | str) -> str:
    return f"yanked: {yanked}" if isinstance(yanked, str) else "yanked" if yanked else ""


def _date(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""
