"""A project's page as JSON (PEP 691, 700, 714, 740, 792)."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from pypi_core.domain.entities import ProjectStatus, Serial, Yank
from pypi_core.simple_api.detail import API_VERSION, ListedFile, ProjectDetail


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """The head of every answer; mirrors need the serial as an integer."""

    api_version: str = msgspec.field(name="api-version", default=API_VERSION)
    last_serial: Serial = msgspec.field(name="_last-serial")


class _Status(msgspec.Struct, frozen=True):
    status: str
    reason: str | msgspec.UnsetType


# gc=False: a page of thousands of files is no work for the collector; nothing here forms a cycle.
class _Hashes(msgspec.Struct, frozen=True, gc=False):
    sha256: str


class _File(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", gc=False):
    filename: str
    url: str
    hashes: _Hashes
    requires_python: str | None
    size: int
    upload_time: datetime | str
    yanked: bool | str
    # PEP 714: never `dist-info-metadata`, which makes pip 22.3 to 23.1 crash.
    core_metadata: bool | _Hashes
    # PEP 740: null says that there is none.
    provenance: None = None


class _Detail(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    meta: Meta
    name: str
    project_status: _Status
    versions: tuple[str, ...]
    files: list[_File]


def detail_as_json(detail: ProjectDetail) -> bytes:
    """Return the page as JSON in UTF-8, to be sent without a charset parameter."""
    return msgspec.json.encode(
        _Detail(
            meta=Meta(last_serial=detail.serial),
            name=detail.name,
            project_status=_status(detail.status),
            versions=detail.versions,
            files=[_file(file) for file in detail.files],
        )
    )


def _status(status: ProjectStatus) -> _Status:
    return _Status(status.state, status.reason or msgspec.UNSET)


def _file(file: ListedFile) -> _File:
    return _File(
        filename=file.filename,
        url=file.url,
        hashes=_Hashes(file.sha256),
        requires_python=file.requires_python,
        size=file.size,
        upload_time=_moment(file.upload_time),
        yanked=_yanked(file.yank),
        core_metadata=_Hashes(file.metadata_sha256) if file.metadata_sha256 else False,
    )


def _yanked(yank: Yank | None) -> bool | str:
    # Never the empty string: pip would take it for "not yanked", pypi-simple for "yanked".
    return False if yank is None else yank.reason or True


def _moment(moment: datetime) -> datetime | str:
    # PEP 700: UTC, `Z` and never `+00:00`.  msgspec writes that, but leaves out a fraction of zero,
    # which readers with one fixed format trip over; writing each by strftime doubles the time of a page.
    utc = moment.astimezone(UTC)
    return utc if utc.microsecond else utc.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
