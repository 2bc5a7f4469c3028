"""``pypi-cli yank`` and ``unyank``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from pypi_tool.context import CommandContext
from pypi_tool.parameters import Release
from pypi_tool.work.requirements import parse_release_files

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
    from pypi_protocol.records.parameters import Changed

    name, version, filenames = parse_release_files(release, files or ())
    with context.client(asking=True) as client:

        def why(filename: str | None = None) -> str:
            return _reason_of(client, name, version, filename) if reason is None else reason

        serials = [client.yank_file(each, why(each)) for each in filenames] or [
            client.yank_release(name, version, why())
        ]
    context.output.result(
        Changed(serial=serials[-1]), done=[f"{each}: yanked" for each in filenames or [f"{name}=={version}"]]
    )


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
    from pypi_protocol.records.parameters import Changed

    name, version, filenames = parse_release_files(release, files or ())
    with context.client(asking=True) as client:
        serials = [client.unyank_file(each) for each in filenames] or [client.unyank_release(name, version)]
        still = _yanked_files(client, name, version)
    context.output.result(
        Changed(serial=serials[-1]),
        done=[f"{each}: unyanked" for each in filenames or [f"{name}=={version}"]],
    )
    if of_release := [each for each in filenames if each in still]:
        context.output.problem(
            f"{', '.join(of_release)}: still yanked, because the whole release is: "
            f"pypi-cli unyank {name}=={version}"
        )
    elif still and not filenames:
        context.output.problem(
            f"{', '.join(still)}: still yanked, because yanked on its own: "
            f"pypi-cli unyank {name}=={version} {' '.join(still)}"
        )


def _reason_of(client: Client, name: str, version: str, filename: str | None = None) -> str:
    """Return the reason that a release or file is yanked for now, or nothing."""
    release = client.release(name, version)
    known = {each.filename: each.yanked for each in release.files}
    yanked = release.yanked if filename is None else known.get(filename, False)
    return yanked if isinstance(yanked, str) else ""


def _yanked_files(client: Client, name: str, version: str) -> list[str]:
    return [each.filename for each in client.release(name, version).files if each.yanked]
