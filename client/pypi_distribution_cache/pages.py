"""The pages of a cache, as the Simple API has them: HTML (PEP 503) and JSON (PEP 691, version 1.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from html import escape
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import msgspec

from pypi_distribution_cache.catalogue import CachedFile

_API_VERSION = "1.4"


def pages_of(files: Iterable[CachedFile]) -> dict[PurePosixPath, bytes]:
    """Return every page of a cache by its path below ``simple/``."""
    ordered = sorted(files, key=lambda each: (each.project, each.filename))
    projects = {name: list(found) for name, found in groupby(ordered, key=lambda each: each.project)}
    links = (f'<a href="{each}/">{each}</a>' for each in projects)
    pages = {
        PurePosixPath("index.html"): _html("Projects", links),
        PurePosixPath("index.json"): _json({"projects": [{"name": each} for each in projects]}),
    }
    for name, found in projects.items():
        versions = list(dict.fromkeys(each.version for each in found))
        entries = list(map(_entry, found))
        pages[PurePosixPath(name, "index.html")] = _html(f"Links for {name}", map(_anchor, found))
        pages[PurePosixPath(name, "index.json")] = _json(
            {"name": name, "versions": versions, "files": entries}
        )
    return pages


def _anchor(file: CachedFile) -> str:
    attributes = {"href": f"{_url(file)}#sha256={file.sha256}"}
    if file.requires_python:
        attributes["data-requires-python"] = file.requires_python
    if file.yanked:
        attributes["data-yanked"] = file.yanked if isinstance(file.yanked, str) else ""
    if file.metadata_sha256:
        attributes["data-core-metadata"] = f"sha256={file.metadata_sha256}"
        # Installers from before PEP 714 know this name alone.
        attributes["data-dist-info-metadata"] = f"sha256={file.metadata_sha256}"
    written = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return f"<a {written}>{escape(file.filename)}</a>"


def _entry(file: CachedFile) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "filename": file.filename,
        "url": _url(file),
        "hashes": {"sha256": file.sha256},
        "size": file.size,
        "requires-python": file.requires_python,
        "yanked": file.yanked or False,
        "core-metadata": {"sha256": file.metadata_sha256} if file.metadata_sha256 else False,
    }
    if file.upload_time:
        moment = file.upload_time.astimezone(UTC).replace(tzinfo=None)
        entry["upload-time"] = f"{moment.isoformat(timespec='microseconds')}Z"
    return entry


def _url(file: CachedFile) -> str:
    # Relative, so that the folder can be carried elsewhere.
    return f"../../files/{quote(file.filename)}"


def _html(title: str, anchors: Iterable[str]) -> bytes:
    links = "".join(f"{each}<br>\n" for each in anchors)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="pypi:repository-version" '
        f'content="{_API_VERSION}"><title>{title}</title></head>\n<body><h1>{title}</h1>\n{links}</body></html>\n'
    ).encode()


def _json(content: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"meta": {"api-version": _API_VERSION}, **content})
