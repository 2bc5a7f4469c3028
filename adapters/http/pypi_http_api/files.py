"""Distribution files and the metadata beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from litestar.types import ASGIApp, ControllerRouterHandler

from pypi_core.domain.blob_keys import file_path
from pypi_core.domain.filenames import parse_filename
from pypi_core.domain.names import parse_project_name
from pypi_core.errors import FileNotFound, Invalid
from pypi_core.site import Site
from pypi_core.use_cases.reading.downloads import ServedFile
from pypi_http_api.endpoints import get_endpoint
from pypi_http_api.file_replies import file_reply
from pypi_http_api.index_request import IndexRequest
from pypi_http_api.operation_description import OperationDescription
from pypi_http_api.pools import Pools
from pypi_http_api.replies import Reply, redirect

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_METADATA = ".metadata"


def file_endpoints(site: Site, pools: Pools) -> Sequence[ControllerRouterHandler]:
    """Return the route of files."""
    files = _Files(site, pools)
    path = "/packages/<first>/<second>/<rest>/<filename>"
    return [get_endpoint(path, files.send, pools, _FILE)]


_FILE = OperationDescription(
    summary="Send a file, or the core metadata beside it (PEP 658)",
    tag="Files",
    types=(
        "application/octet-stream",
        "application/x-tar",
        "application/gzip",
        "application/zip",
        "text/plain",
    ),
    headers={
        "If-None-Match": "The `ETag` of the file that is there.",
        "Range": "Which bytes are wanted.",
        "If-Range": "The `ETag` of the file of which some bytes are there.",
    },
    moves=True,
    refusals=(416,),
)


class _Files:
    def __init__(self, site: Site, pools: Pools) -> None:
        self._site = site
        self._pools = pools

    async def send(self, request: IndexRequest) -> ASGIApp:
        """Send a file, or what ``.metadata`` behind its name asks for (PEP 658)."""
        if filename := _predictable(*request.captured.values()):
            return await self._whereabouts(request, filename)
        reply, served = await self._pools.fetch(self._open, request)
        request.remember_reply(reply, private=served.private, project=served.project)
        return reply

    async def _whereabouts(self, request: IndexRequest, filename: str) -> Reply:
        """Send the client to where a file is, by an address that can be made up from its name."""
        wanted = filename.removesuffix(_METADATA)
        file = await self._pools.read(request.index.files.find, request.actor, wanted)
        path = quote(file_path(file.digests, filename))
        return redirect(f"{request.root}/{path}", status=302, cross_origin=request.actor.is_anonymous)

    def _open(self, request: IndexRequest) -> tuple[ASGIApp, ServedFile]:
        filename, digest = _address(*request.captured.values())
        # The root serves what any index lists: the URLs of the legacy JSON point there
        # (docs/reference/standards/files.md#file-urls).
        holder = self._site if request.is_at_root else request.index
        if filename.endswith(_METADATA):
            served = holder.downloads.metadata(request.actor, filename.removesuffix(_METADATA), digest)
        else:
            served = holder.downloads.file(request.actor, filename, digest)
        return file_reply(request, served, self._pools), served


def _predictable(kind: str, letter: str, project: str, filename: str) -> str:
    """
    Return the file that a predictable path names, or an empty string.

    See docs/reference/standards/files.md#predictable-urls:

    ``packages/source/s/sample/sample-1.0.tar.gz``, ``packages/py3/s/sample/sample-1.0-py3-none-any.whl``.
    """
    if len(letter) != 1:
        return ""
    try:
        parsed = parse_filename(filename.removesuffix(_METADATA))
        is_meant = parsed.name == parse_project_name(project) and project.startswith(letter)
    except Invalid:
        return ""
    return filename if is_meant and kind == parsed.python_version else ""


def _address(first: str, second: str, rest: str, filename: str) -> tuple[str, str]:
    """Return the file name and the digest that a path names."""
    digest = first + second + rest
    if (len(first), len(second)) == (2, 2) and _DIGEST.match(digest):
        return filename, digest
    raise FileNotFound(filename)
