"""``pypi-cli info``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pypi_app.cli.connecting import Connecting, Flag, connect
from pypi_app.cli.requirements import parse_pinned
from pypi_app.cli.terminal import bold, dim, file_size, tell

if TYPE_CHECKING:
    from pypi_api_client.models import Metadata, Project

_MOST_VERSIONS = 20
_LABEL = 15


def info(
    project: str,
    /,
    *,
    json: Flag = False,
    connecting: Connecting | None = None,
) -> int:
    """
    Show what the index knows of a project.

    Without a version the latest is shown: one not withdrawn first, then a final one, then the highest.

        pypi-cli info hello-index
        pypi-cli info hello-index==1.0 --json

    Parameters
    ----------
    project
        NAME or NAME==VERSION.
    json
        Print everything as JSON, for programs.
    """
    name, version = parse_pinned(project)
    with connect(connecting) as client:
        found = client.project(name, version)
        url = client.url
    if json:
        import msgspec

        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")
        return 0
    for line in _lines(found, url, pinned=version is not None):
        tell(line)
    return 0


def _lines(project: Project, url: str, *, pinned: bool) -> Iterator[str]:
    from pypi_api_client.protocol.messages import printable

    shown = next((each for each in project.versions if each.version == project.version), None)
    nothing = "" if project.status == "quarantined" else "(nothing published yet)"
    yield bold(f"{printable(project.display_name)} {printable(project.version or nothing)}".rstrip())
    if project.metadata and project.metadata.summary:
        yield printable(project.metadata.summary)
    if shown and shown.yanked:
        reason = "no reason given" if shown.yanked is True else printable(str(shown.yanked))
        yield f"Withdrawn by its owner: {reason}"
    if project.status != "active":
        yield f"This project is {printable(project.status)}. {printable(project.status_reason)}".rstrip()
    yield ""
    if project.metadata:
        for label, text in _facts(project.metadata):
            yield f"{label:<{_LABEL}}{printable(text)}"
    yield f"{'Versions':<{_LABEL}}{_versions(project)}"
    for label, file in zip(["Files", *[""] * len(project.files)], project.files, strict=False):
        size = "" if file.size is None else file_size(file.size)
        when = "" if file.upload_time is None else f"{file.upload_time:%Y-%m-%d}"
        yield f"{label:<{_LABEL}}{file.filename}  {dim(f'{size} {when}'.strip())}".rstrip()
    if project.files:
        pin = f"=={project.version}" if pinned else ""
        yield f"{'Install':<{_LABEL}}pip install --index-url {url}simple/ {printable(project.name + pin)}"


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
    from packaging.version import InvalidVersion, Version

    from pypi_api_client.protocol.messages import printable

    def order(text: str) -> tuple[bool, object]:
        try:
            return True, Version(text)
        except InvalidVersion:
            return False, text

    newest_first = sorted(project.versions, key=lambda each: order(each.version), reverse=True)
    listed = [f"{each.version} (withdrawn)" if each.yanked else each.version for each in newest_first]
    more = f" and {len(listed) - _MOST_VERSIONS} more" if len(listed) > _MOST_VERSIONS else ""
    return printable(", ".join(listed[:_MOST_VERSIONS]) or "none") + more
