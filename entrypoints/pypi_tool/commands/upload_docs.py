"""``pypi-cli upload-docs``."""

from __future__ import annotations

from pathlib import Path

from pypi_api_client.text_files import read_text
from pypi_terminal.errors import UsageError
from pypi_tool.context import CommandContext
from pypi_tool.work.docs_archive import documentation_archive


def upload_docs(
    path: Path, /, *, project: str | None = None, version: str | None = None, context: CommandContext
) -> None:
    """
    Publish the documentation of a release: a folder, or a ZIP, of HTML with index.html at its top.

    Links in the folder are followed; one that leads out of it is refused, and nothing is sent.

    ```
    pypi-cli upload-docs docs/_build/html --project hello-index --version 1.0
    ```

    Parameters
    ----------
    path
        The folder or the ZIP.
    project
        The project (default: that of ./pyproject.toml).
    version
        The version (default: that of ./pyproject.toml).
    """
    from pypi_tool.results import SentDocumentation

    project = project or _of_this_folder("name", "--project")
    version = version or _of_this_folder("version", "--version")
    with (
        documentation_archive(path) as archive,
        context.client(asking=True) as client,
        context.output.progress(path.name, archive.stat().st_size) as progress,
    ):
        sent = client.upload_documentation(project, version, archive, progress=progress)
    result = SentDocumentation(project=project, version=sent.version, state=sent.state, url=sent.url)
    context.output.result(
        result, done=[f"{project} {sent.version}: documentation is {sent.state} at {sent.url}"]
    )


def _of_this_folder(key: str, option: str) -> str:
    """Return what ``pyproject.toml`` in the current folder says of the project (PEP 621)."""
    import tomllib

    file = Path("pyproject.toml")
    try:
        value = tomllib.loads(read_text(file)).get("project", {}).get(key)
    except FileNotFoundError as error:
        raise UsageError(f"Give {option}: there is no pyproject.toml here to read it from.") from error
    except (ValueError, AttributeError) as error:
        raise UsageError(f"Give {option}: {file} cannot be read: {error}.") from error
    if not isinstance(value, str):
        raise UsageError(f"Give {option}: {file} does not state the project's {key}.")
    return value
