"""``pypi-cli delete``."""

from __future__ import annotations

from pypi_terminal.errors import UsageError
from pypi_terminal.parameters import Yes
from pypi_tool.context import CommandContext
from pypi_tool.parameters import Release
from pypi_tool.work.requirements import parse_pinned, parse_release_files


def delete(
    release: Release, files: list[str] | None = None, /, *, yes: Yes = False, context: CommandContext
) -> None:
    """
    Delete a release, or single files of it, for good.

    The names of the files can never be used again. To make installers skip a release but keep its files, yank
    it. To delete a whole project, use pypi-cli project delete.

    ```
    pypi-cli delete hello-index==1.0
    pypi-cli delete hello-index==1.0 hello_index-1.0.tar.gz --yes
    ```

    Parameters
    ----------
    files
        Files of the release (default: the whole release).
    """
    if not files and parse_pinned(release)[1] is None:
        raise UsageError(
            f"{release!r} has no version: write {release}==VERSION. To delete the whole project, use "
            f"pypi-cli project delete {release}."
        )
    named = parse_release_files(release, files or ())
    what = ", ".join(named.filenames) or "all files"
    context.confirm(f"Delete {what} of {named.name} {named.version} for good?", yes=yes)
    with context.client(asking=True) as client:
        serials = [client.delete_file(each) for each in named.filenames] or [
            client.delete_release(named.name, named.version)
        ]
    context.changed(serials[-1], *(f"{each}: deleted" for each in named.parts))
