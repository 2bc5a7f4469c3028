"""The Simple API: project pages in JSON and HTML (PEP 503, 691, 700, 792)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from pypi_api_client.address import origin, resolve
from pypi_api_client.errors import BadAnswer, ClientError, NotFound
from pypi_api_client.integrity import check_filename
from pypi_api_client.models import ProjectPage, RemoteFile
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Request, Response, printable
from pypi_api_client.protocol.refusals import refusal_of
from pypi_api_client.protocol.simple_html import MOST_FILES, HtmlPage, check_base, read_html
from pypi_protocol.records.files import Yanked

T = TypeVar("T")

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
ACCEPT = f"{JSON}, {HTML};q=0.2, text/html;q=0.01"
_KNOWN_MAJOR, _KNOWN_MINOR = 1, 4
_VERSION = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})")
_MOST_WARNINGS = 20


class Meta(msgspec.Struct, frozen=True, rename="kebab"):
    """What a page says of itself."""

    api_version: str = "1.0"


class _Status(msgspec.Struct, frozen=True):
    status: str = "active"
    reason: str = ""


class _Page(msgspec.Struct, frozen=True, rename="kebab"):
    name: str
    files: list[Any]
    meta: Meta = Meta()
    versions: list[str] = msgspec.field(default_factory=list)
    project_status: _Status = _Status()


class _File(msgspec.Struct, frozen=True, rename="kebab"):
    filename: str
    url: str
    hashes: dict[str, str] = msgspec.field(default_factory=dict)
    size: int | None = None
    upload_time: datetime | None = None
    requires_python: str | None = None
    yanked: Yanked = False
    core_metadata: bool | dict[str, str] = False
    provenance: str | None = None


def project_page(index: KnownIndex, name: str) -> Exchange[ProjectPage]:
    """
    Read a project's page of the Simple API.

    Raises:
        NotFound: There is no such project.
        BadAnswer: The page is of a version or a type that is not known.
    """
    response = yield _page_request(index, name)
    if response.status == 404 and (yield from _is_elsewhere(index)):
        response = yield _page_request(index, name)
    if response.status == 404:
        also = "" if index.has_list else ", nor a list of projects: is that the URL of an index?"
        raise NotFound(
            f"There is no project {name!r} at {index.address.root}{also}",
            status=404,
            code="project-not-found",
        )
    if response.status != 200:
        raise refusal_of(response)
    index.is_simple_found = True
    return read_page(index, response)


def _page_request(index: KnownIndex, name: str) -> Request:
    return Request(method="GET", url=f"{index.simple}{canonicalize_name(name)}/", headers={"Accept": ACCEPT})


def _is_elsewhere(index: KnownIndex) -> Exchange[bool]:
    """Look once where the Simple API is, as something is not there; return whether at another place."""
    if index.is_simple_found or index.speaks_json_rpc:
        return False
    before = index.simple
    index.has_list = yield from find_simple(index)
    index.is_simple_found = True
    return index.simple != before


def find_simple(index: KnownIndex) -> Exchange[bool]:
    """Return whether there is a Simple API, at one of the two places where it can be."""
    for each in dict.fromkeys((index.simple, index.address.join("+simple", ""))):
        response = yield Request(method="HEAD", url=each, headers={"Accept": ACCEPT})
        if response.status == 200 and response.media_type in {JSON, HTML, "text/html"}:
            index.simple, index.is_simple_found = each, True
            return True
    return False


def read_page(index: KnownIndex, response: Response) -> ProjectPage:
    """
    Read a page by its content type; files that cannot be used are passed over with a warning.

    Raises:
        BadAnswer: The page is of a version or a type that is not known.
    """
    if response.media_type == JSON:
        return _from_json(index, response)
    if response.media_type in {HTML, "text/html"}:
        return _from_html(index, response)
    raise BadAnswer(f"The answer of {response.url} is {response.media_type!r}, not the page of a project.")


def _from_json(index: KnownIndex, response: Response) -> ProjectPage:
    try:
        page = msgspec.convert(response.json(), _Page)
    except msgspec.ValidationError as error:
        raise BadAnswer(f"The page {response.url} does not have the expected shape: {error}.") from error
    if len(page.files) > MOST_FILES:
        raise BadAnswer(f"The page {response.url} lists more than {MOST_FILES} files.")
    warnings = version_warnings(index, page.meta.api_version, response.url)
    files = _usable(page.files, partial(_remote_file, check_base(response.url, response.url)), warnings)
    return ProjectPage(
        name=page.name,
        files=files,
        versions=tuple(dict.fromkeys(page.versions)) or _versions(files),
        status=page.project_status.status,
        status_reason=page.project_status.reason,
        warnings=tuple(warnings),
    )


def _remote_file(base: str, entry: object) -> RemoteFile:
    file = msgspec.convert(entry, _File)
    check_filename(file.filename)
    return replace(
        msgspec.convert(file, RemoteFile, from_attributes=True),
        url=resolve(base, file.url),
        provenance=resolve(base, file.provenance) if file.provenance else None,
    )


def _from_html(index: KnownIndex, response: Response) -> ProjectPage:
    page: HtmlPage = read_html(response.body, response.url)
    warnings = version_warnings(index, page.metas.get("pypi:repository-version", "1.0"), response.url)
    files = _usable(page.files, _checked, warnings)
    return ProjectPage(
        name=response.url.rstrip("/").rpartition("/")[2],
        files=files,
        versions=_versions(files),
        status=page.metas.get("pypi:project-status", "active"),
        status_reason=page.metas.get("pypi:project-status-reason", ""),
        warnings=tuple(warnings),
    )


def _checked(file: RemoteFile) -> RemoteFile:
    check_filename(file.filename)
    return file


def _usable(
    entries: Iterable[T], read: Callable[[T], RemoteFile], warnings: list[str]
) -> tuple[RemoteFile, ...]:
    """Return the files of a page that can be used; *warnings* say why of the first of the others."""
    files, passed_over = [], 0
    for entry in entries:
        try:
            files.append(read(entry))
        except (msgspec.ValidationError, ClientError) as error:
            passed_over += 1
            if passed_over <= _MOST_WARNINGS:
                warnings.append(f"A file was passed over: {printable(str(error))}")
    if passed_over > _MOST_WARNINGS:
        warnings.append(f"{passed_over - _MOST_WARNINGS} more files were passed over.")
    return tuple(files)


def _versions(files: tuple[RemoteFile, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.version for each in files if each.version))


def version_warnings(index: KnownIndex, text: str, url: str) -> list[str]:
    """
    Look at the version that a page says it has; a newer minor one is reported once for each host.

    Raises:
        BadAnswer: A greater major version: nothing may be assumed of what it means.
    """
    found = _VERSION.fullmatch(text)
    if found is None or int(found[1]) > _KNOWN_MAJOR:
        raise BadAnswer(
            f"The page {url} is of version {text[:20]!r} and this client knows version 1: update it."
        )
    host = origin(url)[1]
    if int(found[1]) == _KNOWN_MAJOR and int(found[2]) > _KNOWN_MINOR and host not in index.warned:
        index.warned.add(host)
        return [f"{host} speaks version {text}, which is newer than this client; something may be missing."]
    return []
