"""What changed between two releases of a project, as their metadata and files say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.versions import parse_version
from pypi_core.use_cases.reading.projects import ProjectOverview
from pypi_protocol.metadata import FIELDS
from pypi_web.contexts import AnyRequest, asked, context_of
from pypi_web.rendering import page_or_json

# Comparing takes time by the square of the lines, at worst.
_MOST_LINES = 600
_MOST_VALUES = 200
_LONGEST_VALUE = 500


class ChangedField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the metadata: what only the older release has in it, and what only the newer."""

    label: str
    removed: Sequence[str]
    added: Sequence[str]


class ComparisonView(msgspec.Struct, frozen=True, kw_only=True):
    """Two releases; *description* are lines as ``diff -u`` writes them, ``None`` where they are too many."""

    name: str
    display_name: str
    older: str
    newer: str
    fields: Sequence[ChangedField]
    removed_files: Sequence[str]
    added_files: Sequence[str]
    older_size: int
    newer_size: int
    description: Sequence[str] | None


@get("/project/{name:str}/{version:str}/compare/{other:str}/", sync_to_thread=True, include_in_schema=False)
def compare(
    request: AnyRequest, name: FromPath[str], version: FromPath[str], other: FromPath[str]
) -> Response[str] | Response[bytes]:
    """Show what changed from release *other* to release *version*."""
    addressed = asked(request)
    context = context_of(request)
    parsed = parse_project_name(name)
    older, newer = (
        addressed.index.projects.read(addressed.actor, parsed, parse_version(each))
        for each in (other, version)
    )
    return page_or_json(request, context, "compare.html", _comparison(older, newer))


def _comparison(older: ProjectOverview, newer: ProjectOverview) -> ComparisonView:
    before, after = older.metadata or CoreMetadata(), newer.metadata or CoreMetadata()
    files = [_sizes(each) for each in (older, newer)]
    return ComparisonView(
        name=newer.project.name,
        display_name=newer.project.display_name,
        older=str(older.release.version) if older.release else "",
        newer=str(newer.release.version) if newer.release else "",
        fields=list(_changed(before, after)),
        removed_files=sorted(files[0].keys() - files[1].keys())[:_MOST_VALUES],
        added_files=sorted(files[1].keys() - files[0].keys())[:_MOST_VALUES],
        older_size=sum(files[0].values()),
        newer_size=sum(files[1].values()),
        description=_difference(before.description, after.description),
    )


def _sizes(overview: ProjectOverview) -> Mapping[str, int]:
    """Return the sizes of a release's files, by what their names say beside project and version."""
    if overview.release is None:
        return {}
    return {_kind(each.filename): each.size for each in overview.files_of(overview.release)}


def _kind(filename: str) -> str:
    if filename.endswith(".whl"):
        return filename.split("-", 2)[-1]
    return next((each for each in (".tar.gz", ".zip", ".tar.bz2") if filename.endswith(each)), filename)


def _changed(before: CoreMetadata, after: CoreMetadata) -> Iterator[ChangedField]:
    for field in FIELDS:
        if field.key == "description" or not hasattr(before, field.key):
            continue
        old, new = _values(getattr(before, field.key)), _values(getattr(after, field.key))
        removed, added = [each for each in old if each not in new], [each for each in new if each not in old]
        if removed or added:
            yield ChangedField(label=field.label, removed=removed, added=added)


def _values(value: object) -> Sequence[str]:
    if isinstance(value, dict):
        values = [f"{label}, {url}" for label, url in value.items()]
    elif isinstance(value, tuple):
        values = [str(each) for each in value]
    else:
        values = [str(value)] if value else []
    return [each[:_LONGEST_VALUE] for each in values[:_MOST_VALUES]]


def _difference(before: str, after: str) -> Sequence[str] | None:
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > _MOST_LINES:
        return None if old != new else ()
    return [each.rstrip("\n")[:_LONGEST_VALUE] for each in unified_diff(old, new, lineterm="", n=2)][2:]
