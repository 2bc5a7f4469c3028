"""``pypi-cli status``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pypi_terminal.errors import UsageError
from pypi_terminal.exit_codes import ExitCode
from pypi_tool.context import CommandContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypi_terminal.output import Output
    from pypi_tool.results import FileReport


def status(distribution: str, file: Path | None = None, /, *, context: CommandContext) -> int:
    """
    Show whether the index has files, whether installers see them, and if not, why not.

    A local copy is compared with what the index has; exit code 1 if they differ, or if the index lacks it.

    ```
    pypi-cli status hello-index
    pypi-cli status hello-index==1.0
    pypi-cli status hello-index==1.0 dist/hello_index-1.0.tar.gz
    ```

    Parameters
    ----------
    distribution
        PROJECT or PROJECT==VERSION.
    file
        A local file of it.
    """
    from pypi_api_client.models import quarantine_of
    from pypi_api_client.selection import same_release
    from pypi_tool.results import FileReports
    from pypi_tool.work.requirements import is_version, parse_pinned

    if file is not None and is_version(str(file)) and not file.exists():
        distribution, file = f"{distribution}=={file}", None
    name, version = parse_pinned(distribution)
    hidden = ""
    if file is not None:
        _check_belongs(file.name, name, version)
    with context.client() as client:
        if file is not None:
            names = [file.name]
        else:
            page = client.project_page(name)
            hidden = quarantine_of(name, page.status, page.status_reason)
            names = [
                each.filename for each in page.files if version is None or same_release(each.version, version)
            ]
        reports = tuple(_report(client.file_status(each), file) for each in names)
    context.output.result(FileReports(files=reports), _lines(reports, context.output))
    if hidden:
        context.output.note(hidden)
    elif not reports:
        context.output.note(f"The index has no file of {distribution}.")
    if not reports:
        return ExitCode.NOTHING_MATCHED
    return ExitCode.DONE if all(each.matches in {None, True} for each in reports) else ExitCode.FAILED


def _check_belongs(filename: str, name: str, version: str | None) -> None:
    """
    Accept a file of the release that is named beside it.

    Raises:
        UsageError: It is a file of another one, by its name.
    """
    from packaging.utils import canonicalize_name

    from pypi_api_client.filenames import name_and_version
    from pypi_api_client.selection import same_release

    known = name_and_version(filename)
    if known is None:
        return
    if known[0] != canonicalize_name(name):
        raise UsageError(f"{filename} is a file of {known[0]}, not of {name}: name its own project.")
    if version is not None and not same_release(str(known[1]), version):
        raise UsageError(f"{filename} is a file of version {known[1]}, not of {version}: name its own.")


def _report(status: object, file: Path | None) -> FileReport:
    import hashlib

    import msgspec

    from pypi_protocol.records.files import FileStatus
    from pypi_tool.results import FileReport

    known = msgspec.convert(status, FileStatus, from_attributes=True)
    matches = None
    if file is not None:
        with file.open("rb") as stream:
            matches = hashlib.file_digest(stream, "sha256").hexdigest() == known.hashes.get("sha256")
    return FileReport(
        filename=known.filename,
        state=known.state,
        visible=known.visible,
        why=known.why,
        sha256=known.hashes.get("sha256"),
        matches=matches,
    )


def _lines(reports: tuple[FileReport, ...], output: Output) -> Iterator[str]:
    words = {None: "", True: ", same as the local file", False: ", not the same as the local file"}
    for each in reports:
        yield f"{output.bold(each.filename)}: {each.state}{words[each.matches]}. {each.why}"
