"""
How long texts and lists may be and how large numbers, for the schemas of the OpenRPC document.

They are not in the types: a value outside its bounds is *invalid* (1022) and says so by the rule that it
breaks, whereas a type refuses what is of another type (-32602).  A test calls every method with values
just outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

LARGEST_ARCHIVE: Final = 100 * 1024 * 1024
LONGEST_REASON: Final = 1000
MOST_FILES: Final = 100

Schema = dict[str, Any]

_UNBOUNDED: Final[Schema] = {}
_COUNT: Final[Schema] = {"minimum": 0}
# No larger integer survives every reader of JSON.
_SERIAL: Final[Schema] = {"minimum": 0, "maximum": 2**53 - 1}
_NAME: Final[Schema] = {"minLength": 1, "maxLength": 214}
_VERSION: Final[Schema] = {"minLength": 1, "maxLength": 128}
_CURSOR: Final[Schema] = {"minLength": 1, "maxLength": 1000}
_DIGEST: Final[Schema] = {"pattern": "^[0-9a-f]{64}$"}
_ANY_CASE: Final[Schema] = {"pattern": "^[0-9A-Fa-f]{64}$"}
_TOKEN: Final[Schema] = {"minLength": 1, "maxLength": 100}


def _limit(most: int) -> Schema:
    return {"minimum": 1, "maximum": most}


BOUNDS: Final[Mapping[str, Schema]] = {
    # What is called the same is bounded alike, but where its method or type stands before it.
    "name": _NAME,
    "IndexStatus.name": _UNBOUNDED,
    "ListedIndex.name": _UNBOUNDED,
    "Capability.name": _UNBOUNDED,
    "display_name": _NAME,
    "project": _NAME,
    "version": _VERSION,
    "Capability.version": _UNBOUNDED,
    "reason": {"maxLength": LONGEST_REASON},
    "yanked": {"minLength": 1},
    "cursor": _CURSOR,
    "next": _CURSOR,
    "sha256": _DIGEST,
    "docs.begin.sha256": _ANY_CASE,
    "FileToUpload.sha256": _ANY_CASE,
    "DocumentationToUpload.sha256": _ANY_CASE,
    "metadata_sha256": _DIGEST,
    "serial": _SERIAL,
    "size": _COUNT,
    "docs.begin.size": {"minimum": 1, "maximum": LARGEST_ARCHIVE},
    "FileToUpload.size": {"minimum": 1},
    "DocumentationToUpload.size": {"minimum": 1, "maximum": LARGEST_ARCHIVE},
    "received": _COUNT,
    "count": _COUNT,
    "downloads": _COUNT,
    "total": _COUNT,
    "last_day": _COUNT,
    "last_week": _COUNT,
    "last_month": _COUNT,
    "largest_file": _COUNT,
    "largest_project": _COUNT,
    "revoked_tokens": _COUNT,
    "VersionDescription.files": _COUNT,
    "retry_after": {"minimum": 1},
    "FileToUpload.filename": {"minLength": 1, "maxLength": 246},
    "upload.begin.files": {"minItems": 1, "maxItems": MOST_FILES},
    "UploadDescription.files": {"maxItems": MOST_FILES + 1},
    "project.list.limit": _limit(1000),
    "release.list.limit": _limit(1000),
    "docs.list.limit": _limit(1000),
    "search.query.limit": _limit(100),
    "changes.since.limit": _limit(50_000),
    "project.downloads.days": _limit(366),
    "ProjectPage.projects": {"maxItems": 1000},
    "ReleasePage.releases": {"maxItems": 1000},
    "DocumentationPage.versions": {"maxItems": 1000},
    "SearchPage.hits": {"maxItems": 100},
    "SearchPage.total": _COUNT,
    "ChangePage.changes": {"maxItems": 50_000},
    "ProjectDownloads.days": {"maxItems": 366},
    "ProjectDownloads.versions": {"maxItems": 100},
    "ProjectDownloads.installers": {"maxItems": 100},
    "ProjectDownloads.pythons": {"maxItems": 100},
    "ProjectDownloads.systems": {"maxItems": 100},
    "search.query.words": {"maxLength": 500},
    "search.query.words_in": {"minItems": 1, "uniqueItems": True},
    "search.query.fields.": {"maxLength": 500},
    "search.query.classifiers": {"maxItems": 20},
    "search.query.classifiers.": {"maxLength": 500},
    "search.query.licenses": {"maxItems": 20},
    "search.query.licenses.": {"maxLength": 500},
    "search.query.pythons": {"maxItems": 20},
    "search.query.pythons.": {"maxLength": 500},
    "token.create.description": _TOKEN,
    "token.exchange.description": _TOKEN,
    "TokenDescription.description": _TOKEN,
    "account.change_password.new_password": {"minLength": 8, "maxLength": 1024},
}


def bounded(owner: str, name: str, schema: Schema) -> Schema:
    """Return the schema of what the method or type *owner* has under *name*, with its bounds."""
    bounds = BOUNDS.get(f"{owner}.{name}", BOUNDS.get(name, _UNBOUNDED))
    values = BOUNDS.get(f"{owner}.{name}.")
    if values:
        inside = "items" if schema.get("type") == "array" else "additionalProperties"
        schema = {**schema, inside: {**schema[inside], **values}}
    if "anyOf" in schema:
        return {**schema, "anyOf": [_of_its_kind(each, bounds) for each in schema["anyOf"]]}
    return _of_its_kind(schema, bounds)


def _of_its_kind(schema: Schema, bounds: Schema) -> Schema:
    """Return *schema* with those of the bounds that its type can have."""
    possible = _POSSIBLE.get(schema.get("type", ""), ())
    return {**schema, **{name: bound for name, bound in bounds.items() if name in possible}}


_POSSIBLE: Final[Mapping[str, tuple[str, ...]]] = {
    "string": ("minLength", "maxLength", "pattern"),
    "integer": ("minimum", "maximum"),
    "array": ("minItems", "maxItems", "uniqueItems"),
}
