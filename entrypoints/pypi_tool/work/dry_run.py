"""What would become of an upload: files compared with those that an index lists, nothing sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pypi_tool.results import SentFile

if TYPE_CHECKING:
    from pypi_api_client import Client
    from pypi_api_client.models import RemoteFile

PUBLISHED = "would be published"
REFUSED = "would be refused"


def foreseen_outcomes(client: Client, paths: Iterable[Path], *, skip_existing: bool) -> Iterator[SentFile]:
    """
    Yield what would become of each file, as far as the project's page tells.

    Raises:
        ClientError: The page cannot be read.
    """
    from pypi_api_client.archives import digests_of
    from pypi_api_client.models import UploadResult

    pages: dict[str, dict[str, RemoteFile]] = {}
    for path in paths:
        known = _listed(client, path, pages).get(path.name)
        if known is None:
            yield SentFile(filename=path.name, outcome=PUBLISHED)
        elif known.hashes.get("sha256", "").lower() == digests_of(path)[1]["sha256"]:
            yield SentFile(filename=path.name, outcome=str(UploadResult.WAS_THERE))
        elif skip_existing:
            yield SentFile(filename=path.name, outcome=str(UploadResult.SKIPPED))
        else:
            yield SentFile(
                filename=path.name,
                outcome=REFUSED,
                problem="the index has a file of this name with other content, and a file name is never used "
                "again. Publish a new version.",
            )


def _listed(client: Client, path: Path, pages: dict[str, dict[str, RemoteFile]]) -> dict[str, RemoteFile]:
    from pypi_api_client.errors import NotFound
    from pypi_api_client.filenames import name_and_version

    parsed = name_and_version(path.name)
    if parsed is None:
        return {}
    name = parsed[0]
    if name not in pages:
        try:
            pages[name] = {each.filename: each for each in client.project_page(name).files}
        except NotFound:
            pages[name] = {}
    return pages[name]
