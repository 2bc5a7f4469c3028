"""``pypi-cli info``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pypi_terminal.quantities import file_size
from pypi_tool.context import CommandContext
from pypi_tool.parameters import OwnVersion, ProjectOrRelease
from pypi_tool.work.addresses import documentation_address, page_address
from pypi_tool.work.requirements import parse_pinned

if TYPE_CHECKING:
    from pypi_api_client import Client
    from pypi_api_client.models import Metadata, Project
    from pypi_terminal.output import Output

_MOST_VERSIONS = 20
_LABEL = 15


def info(project: ProjectOrRelease, version: OwnVersion = None, /, *, context: CommandContext) -> None:
    """
    Show what the index knows about a project.

    Without a version the latest is shown: the highest final version that is not yanked, if there is one.

    ```
    pypi-cli info hello-index
    pypi-cli info hello-index==1.0 --json
    ```
    """
    name, version = parse_pinned(project, version)
    output = context.output
    with context.client() as client:
        found = client.project(name, version)
        if not output.is_json:
            links = (
                ("Page", page_address(client, found.name, version)),
                ("Documentation", documentation_address(client, found.name, version)),
            )
            hang = 0
            downloads = _downloads(client, found.name)
            for line in _lines(
                found, client.simple_url, downloads, links, output, pinned=version is not None
            ):
                output.line(line, hang=hang)
                # Labels begin after the empty line.
                hang = hang if line else _LABEL
    output.result(found)


def _downloads(client: Client, name: str) -> str:
    """Return how often a project was downloaded, nothing where the index does not say."""
    from pypi_api_client.errors import NotSpoken, Refused

    try:
        found = client.project_downloads(name)
    except (NotSpoken, Refused):
        return ""
    return f"{found.last_month:,} in the last 30 days, {found.total:,} in all" if found.counted else ""


def _lines(
    project: Project,
    url: str,
    downloads: str,
    links: Iterable[tuple[str, str]],
    output: Output,
    *,
    pinned: bool,
) -> Iterator[str]:
    shown = next((each for each in project.versions if each.version == project.version), None)
    nothing = "" if project.status == "quarantined" else "(nothing published yet)"
    yield output.bold(f"{project.display_name} {project.version or nothing}".rstrip())
    if project.metadata and project.metadata.summary:
        yield project.metadata.summary
    if shown and shown.yanked:
        reason = "no reason given" if shown.yanked is True else str(shown.yanked)
        yield output.dim(f"Yanked: {reason}")
    if project.status != "active":
        yield f"This project is {project.status}. {project.status_reason}".rstrip()
    yield ""
    if project.metadata:
        for label, text in _facts(project.metadata):
            yield f"{label:<{_LABEL}}{text}"
    yield f"{'Versions':<{_LABEL}}{_versions(project)}"
    if downloads:
        yield f"{'Downloads':<{_LABEL}}{downloads}"
    for label, file in zip(["Files", *[""] * len(project.files)], project.files, strict=False):
        size = "" if file.size is None else file_size(file.size)
        when = "" if file.upload_time is None else f"{file.upload_time:%Y-%m-%d}"
        yield f"{label:<{_LABEL}}{file.filename}  {output.dim(f'{size} {when}'.strip())}".rstrip()
    for label, address in links:
        if address and project.status != "quarantined":
            yield f"{label:<{_LABEL}}{address}"
    if project.files:
        pin = f"=={project.version}" if pinned else ""
        yield f"{'Install':<{_LABEL}}pip install --index-url {url} {project.name + pin}"


def _facts(metadata: Metadata) -> Iterator[tuple[str, str]]:
    facts = (
        ("Author", metadata.author or metadata.author_email),
        ("Licence", metadata.license_expression or metadata.license.partition("\n")[0]),
        ("Python", metadata.requires_python),
        ("Needs", ", ".join(each for each in metadata.requires_dist if "extra ==" not in each)),
        ("Extras", ", ".join(metadata.provides_extra)),
        ("Keywords", ", ".join(metadata.keywords)),
        ("Home page", metadata.home_page),
        *((label, url) for label, url in metadata.project_urls.items()),
    )
    for label, text in facts:
        if text:
            # A label of the project's own may be longer than its column.
            yield (label if len(label) < _LABEL else f"{label} "), text


def _versions(project: Project) -> str:
    from pypi_api_client.selection import newest_first

    listed = [
        f"{each.version} (yanked)" if each.yanked else each.version for each in newest_first(project.versions)
    ]
    more = f" and {len(listed) - _MOST_VERSIONS} more" if len(listed) > _MOST_VERSIONS else ""
    return (", ".join(listed[:_MOST_VERSIONS]) or "none") + more
