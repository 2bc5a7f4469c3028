"""The legacy JSON: `/pypi/<name>/json`, which many indexes have."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from packaging.utils import canonicalize_name

from pypi_api_client.address import resolve
from pypi_api_client.errors import BadAnswer, ClientError, NotFound
from pypi_api_client.integrity import check_filename
from pypi_api_client.models import Metadata, Project, RemoteFile
from pypi_api_client.protocol.known_index import KnownIndex
from pypi_api_client.protocol.messages import Exchange, Request, Response
from pypi_api_client.protocol.refusals import refusal_of
from pypi_api_client.selection import same_version
from pypi_protocol.records.files import Yanked
from pypi_protocol.records.releases import VersionDescription


class _File(msgspec.Struct, frozen=True):
    filename: str
    url: str
    digests: dict[str, str] = msgspec.field(default_factory=dict)
    size: int | None = None
    upload_time_iso_8601: datetime | None = None
    requires_python: str | None = None
    yanked: bool = False
    yanked_reason: str | None = None
    core_metadata: bool | dict[str, str] = msgspec.field(name="core-metadata", default=False)


class _Document(msgspec.Struct, frozen=True):
    info: dict[str, Any]
    urls: list[_File]
    releases: dict[str, list[_File]] = msgspec.field(default_factory=dict)


def legacy_project(index: KnownIndex, name: str, version: str | None) -> Exchange[Project | None]:
    """
    Describe a project; ``None`` where the index has no legacy JSON for it.

    Raises:
        NotFound: The project has no such version.
        Refused: The index refused to tell.
    """
    document = yield from _document(index, name, "json")
    if document is None:
        return None
    versions = tuple(_version(each, files) for each, files in document.releases.items())
    shown = document
    if version is not None:
        known = same_version(versions, version)
        found = (yield from _document(index, name, known.version, "json")) if known else None
        if found is None:
            raise no_such_version(index, name, version)
        shown = found
    info = shown.info
    return Project(
        name=canonicalize_name(name),
        display_name=_text(info, "name") or name,
        status="active",
        status_reason="",
        versions=versions,
        version=_text(info, "version") or None,
        metadata=_metadata(info),
        files=tuple(_files(shown.urls, index)),
    )


def no_such_version(index: KnownIndex, name: str, version: str) -> NotFound:
    """Return the error that a project has no such version."""
    sentence = f"Project {name!r} at {index.address.root} has no version {version!r}."
    return NotFound(sentence, status=404, code="release-not-found")


def _document(index: KnownIndex, *path: str) -> Exchange[_Document | None]:
    response = yield Request(
        method="GET", url=index.address.join("pypi", *path), headers={"Accept": "application/json"}
    )
    if response.status in {401, 403}:
        raise refusal_of(response)
    return _read(response)


def _read(response: Response) -> _Document | None:
    # Whatever else is there instead: another protocol may still describe the project.
    if response.status != 200 or response.media_type != "application/json":
        return None
    try:
        return response.json_as(_Document)
    except BadAnswer:
        return None


def _version(version: str, files: list[_File]) -> VersionDescription:
    yanked = bool(files) and all(each.yanked for each in files)
    return VersionDescription(
        version=version, files=len(files), yanked=_yanked(files[0]) if yanked else False
    )


def _yanked(file: _File) -> Yanked:
    return file.yanked and (file.yanked_reason or True)


def _files(listed: list[_File], index: KnownIndex) -> list[RemoteFile]:
    files = []
    for each in listed:
        try:
            files.append(
                RemoteFile(
                    filename=check_filename(each.filename),
                    url=resolve(index.address.root, each.url),
                    hashes=each.digests,
                    size=each.size,
                    upload_time=each.upload_time_iso_8601,
                    requires_python=each.requires_python,
                    yanked=_yanked(each),
                    core_metadata=each.core_metadata,
                )
            )
        except ClientError:
            continue
    return files


def _metadata(info: dict[str, Any]) -> Metadata:
    known: dict[str, Any] = {
        name: value
        for name, value in info.items()
        if name in Metadata.__struct_fields__ and value is not None
    }
    if isinstance(keywords := known.get("keywords"), str):
        known["keywords"] = tuple(each.strip() for each in keywords.split(",") if each.strip())
    good = {}
    for name, value in known.items():
        # A value of an unexpected shape is one value less, not an index that cannot be read.
        try:
            msgspec.convert({name: value}, Metadata)
        except msgspec.ValidationError:
            continue
        good[name] = value
    return msgspec.convert(good, Metadata)


def _text(info: dict[str, Any], key: str) -> str:
    value = info.get(key)
    return value if isinstance(value, str) else ""
