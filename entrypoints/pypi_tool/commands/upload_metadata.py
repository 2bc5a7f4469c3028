"""``pypi-cli upload-metadata``."""

from __future__ import annotations

from pathlib import Path

from pypi_terminal.errors import UsageError
from pypi_tool.context import CommandContext


def upload_metadata(file: Path, /, *, context: CommandContext) -> None:
    """
    Describe a release before it has files.

    As with upload, a new name becomes a project of yours.

    ```
    pypi-cli upload-metadata PKG-INFO
    pypi-cli upload-metadata dist/hello_index-2.0-py3-none-any.whl
    ```

    Parameters
    ----------
    file
        A METADATA or PKG-INFO file, or a wheel or sdist that contains one.
    """
    from pypi_api_client.errors import NotFound
    from pypi_tool.results import DescribedRelease
    from pypi_tool.work.checking import metadata_text

    name, version, text = metadata_text(file)
    if not name or not version:
        raise UsageError(f"{file} has no metadata: it states no Name or no Version.")
    with context.client(asking=True) as client:
        try:
            serial = client.set_release_metadata(name, version, text)
        except NotFound as error:
            if error.code != "project-not-found":
                raise
            client.create_project(name)
            context.output.note(f"{name}: project created")
            serial = client.set_release_metadata(name, version, text)
    context.output.result(
        DescribedRelease(name=name, version=version, serial=serial), done=[f"{name} {version}: described"]
    )
