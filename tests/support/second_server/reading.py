"""The methods that read: what the index has, and what happened."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from packaging.utils import canonicalize_name

from second_server import checks
from second_server.rpc import document, method, require_known
from second_server.simple import listed
from second_server.state import (
    INVALID,
    NOT_FOUND,
    Actor,
    File,
    Index,
    Project,
    Refusal,
    Release,
    time_of,
)  # fmt: skip

_CAPABILITIES = {
    "json-rpc": ("1.0", "rpc"), "simple": ("1.4", "simple/"), "metadata-files": ("", "packages/"),
    "legacy-upload": ("1", "legacy/"), "legacy-json": ("", "pypi/"), "xml-rpc": ("", "pypi"),
    "changes": ("", "changes"), "upload": ("", "upload/"), "docs": ("", "docs/"),
}  # fmt: skip


@method("rpc.discover")
def discover(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    if index.fault("methods: one missing"):
        return {
            **document(),
            "methods": [each for each in document()["methods"] if each["name"] != "release.list"],
        }
    return document()


@method("index.status")
def status(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    protocol = "2.0" if index.fault("status: of version 2") else "1.0"
    elsewhere = "x" if index.fault("capabilities: elsewhere") else ""
    serial = index.serial + (1 if index.fault("serials: of the status ahead") else 0)
    found = {
        "name": "second", "title": "A second server", "protocol": protocol, "software": "second 1.0",
        "serial": serial, "reading": "public", "new_projects": "accounts", "largest_file": 2**30,
        "largest_project": None, "remote_images": "shown",
        "capabilities": [
            {"name": name, "version": version, "url": f"{url}{elsewhere}"}
            for name, (version, url) in _CAPABILITIES.items()
            if not (name == "docs" and index.fault("capabilities: one left out"))
        ],
    }  # fmt: skip
    if index.fault("results: a member missing"):
        del found["new_projects"]
    return found


@method("index.list")
def indexes(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    return {"indexes": [{"name": "second", "title": "A second server", "url": "", "reading": "public"}]}


def described_file(release: Release, file: File) -> dict[str, Any]:
    return {
        "filename": file.filename,
        "kind": file.kind,
        "url": quote(file.path),
        "hashes": {"sha256": file.sha256, "blake2b_256": file.blake2},
        "size": len(file.content),
        "upload_time": time_of(file.uploaded),
        "requires_python": file.requires_python,
        "yanked": release.yank_of(file),
        "metadata_sha256": file.metadata_sha256,
    }


def _described_version(project: Project, release: Release) -> dict[str, Any]:
    if not project.is_offered:
        return {"version": str(release.version), "files": 0, "yanked": release.yanked}
    return {"version": str(release.version), "files": len(release.files), "yanked": release.shown_yank}


def _status(project: Project) -> dict[str, str]:
    return {"state": project.state, "reason": project.reason}


@method("project.get")
def project_get(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    if "__" in params["name"] and index.fault("names: one spelling alone"):
        raise Refusal(NOT_FOUND, "project-not-found", "There is no such project.")
    project = index.project(params["name"])
    is_shown = project.is_offered or index.fault("quarantine: described")
    version = params.get("version")
    release = (index.release(project, version) if version else project.latest) if is_shown else None
    if version and not is_shown:
        index.release(project, version)
    return {
        "name": project.name,
        "display_name": project.display_name,
        "status": _status(project),
        "serial": project.serial,
        "versions": [_described_version(project, each) for each in project.sorted_releases],
        "version": str(release.version) if release else None,
        "metadata": release.metadata if release else None,
        "files": [described_file(release, each) for each in release.files.values()] if release else [],
    }


def _page(
    index: Index, name: str, params: dict[str, Any], items: list[Any], limit: int
) -> tuple[list[Any], str | None]:
    """Return the page of a list that a cursor and a limit ask for, and the cursor of the next."""
    begin = 0
    if (cursor := params.get("cursor")) is not None and not index.fault("cursor: ignored"):
        try:
            known, begin = json.loads(base64.urlsafe_b64decode(cursor.encode()))
            if known != name and not index.fault("cursor: of any list"):
                raise ValueError
        except (ValueError, TypeError):
            if not index.fault("cursor: nonsense begins anew"):
                raise Refusal(
                    INVALID, "invalid", "No cursor.", [("cursor", "No cursor of this list.")]
                ) from None
    limit = params.get("limit", limit)
    page = items[begin : begin + limit]
    more = len(items) > begin + limit
    return page, base64.urlsafe_b64encode(
        json.dumps([name, begin + limit]).encode()
    ).decode() if more else None


@method("project.list")
def project_list(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    found = sorted(listed(index), key=lambda each: each.number)
    page, after = _page(index, "project.list", params, found, 100)
    projects = [
        {"name": each.name, "display_name": each.display_name, "status": _status(each), "serial": each.serial}
        for each in page
    ]
    return {"projects": projects, "next": after}


@method("project.downloads")
def project_downloads(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    name = params["name"] if index.fault("downloads: of any name") else index.project(params["name"]).name
    today = datetime.now(UTC).date()
    nothing: dict[str, Any] = dict.fromkeys(("total", "last_day", "last_week", "last_month"), 0)
    lists: dict[str, Any] = {each: [] for each in ("days", "versions", "installers", "pythons", "systems")}
    return {
        "name": name,
        "counted": False,
        "since": (today - timedelta(days=params.get("days", 30) - 1)).isoformat(),
        **nothing,
        **lists,
    }


@method("project.roles")
def project_roles(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    roles = index.project(params["name"]).roles
    ordered = sorted(roles.items(), key=lambda each: (each[1] != "Owner", each[0]))
    return {"roles": [{"username": username, "role": role} for username, role in ordered]}


def _shown_release(index: Index, params: dict[str, Any]) -> tuple[Project, Release]:
    project = index.project(params["name"])
    if not project.is_offered:
        raise Refusal(NOT_FOUND, "release-not-found", f"{project.name} is quarantined.")
    return project, index.release(project, params["version"])


@method("release.get")
def release_get(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    project, release = _shown_release(index, params)
    return {
        "name": project.name,
        "version": str(release.version),
        "created": time_of(release.created),
        "yanked": release.shown_yank,
        "metadata": release.metadata,
        "files": [described_file(release, each) for each in release.files.values()],
    }


@method("release.list")
def release_list(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    project = index.project(params["name"])
    releases = project.sorted_releases
    if not index.fault("releases: the lowest first"):
        releases = releases[::-1]
    page, after = _page(index, "release.list", params, releases, 100)
    return {"releases": [_described_version(project, each) for each in page], "next": after}


def shown_file(index: Index, filename: str) -> tuple[Project, Release, File]:
    found = index.find_file(filename)
    if found is None or not found[0].is_offered:
        raise Refusal(NOT_FOUND, "file-not-found", f"There is no file {filename}.")
    return found


@method("file.get")
def file_get(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    project, release, file = shown_file(index, params["filename"])
    described = described_file(release, file)
    if index.fault("file.get: another URL"):
        described["url"] += ".old"
    return {"project": project.name, "version": str(release.version), "file": described}


@method("file.status")
def file_status(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    filename = params["filename"]
    found = index.find_file(filename)
    answer: dict[str, Any] = {
        "filename": filename, "state": "unknown", "visible": False, "why": "It was never published.",
        "yanked": False, "size": None, "hashes": {}, "metadata_sha256": None,
    }  # fmt: skip
    if found is None and filename in index.used:
        state = "unknown" if index.fault("file.status: forgets") else "deleted"
        return {**answer, "state": state, "why": "It was deleted."}
    if found is None:
        return {**answer, "visible": index.fault("file.status: unknown ones are visible")}
    project, release, file = found
    if not project.is_offered:
        return {**answer, "state": "quarantined", "why": "Its project is quarantined."}
    described = described_file(release, file)
    state = "yanked" if described["yanked"] else "offered"
    return {
        **answer, "state": state, "visible": True, "why": f"It is {state}.",
        **{each: described[each] for each in ("yanked", "size", "hashes", "metadata_sha256")},
    }  # fmt: skip


@method("changes.since")
def changes_since(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    since, limit = params["serial"], params.get("limit", 1000)
    since -= 1 if index.fault("changes.since: the last one again") else 0
    limit += 1 if index.fault("changes.since: one too many") else 0
    changes, more = entries(index, since, limit)
    if index.fault("journal: another in changes.since"):
        changes = [{**each, "action": each["action"].upper()} for each in changes]
    return {
        "changes": changes,
        "serial": changes[-1]["serial"] if changes else params["serial"],
        "more": more,
    }


def entries(index: Index, since: int, limit: int) -> tuple[list[dict[str, Any]], bool]:
    found = [each for each in index.journal if each["serial"] > since]
    return found[:limit], len(found) > limit


@method("account.whoami")
def whoami(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    if index.fault("whoami: refuses strangers"):
        require_known(actor)
    nothing = {"indexes": None, "projects": None, "actions": None}
    return {
        "username": actor.username,
        "administrator": index.is_administrator(actor),
        "proof": "none" if actor.token is None else "token",
        "scope": {**nothing, **(actor.token.scope if actor.token else {})},
    }


def _words(text: str) -> list[str]:
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return re.findall(r"[^\W_]+", plain.lower())


@method("search.query")
def search(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    words, fields = params.get("words", ""), params.get("fields", {})
    places = params.get("words_in", ["name", "keywords", "summary", "description"])
    hits = []
    for project in listed(index):
        if (release := project.latest) is None or (not project.is_offered):
            continue
        texts = _texts(project, release)
        matches = _match(index, words, [word for place in places for word in texts[place]])
        matches = matches and all(_match(index, each, texts[field]) for field, each in fields.items())
        carried = release.metadata.get("classifiers", [])
        if matches and (
            index.fault("search: classifiers ignored") or {*params.get("classifiers", [])} <= {*carried}
        ):
            hits.append((project, release))
    if index.fault("search: finds nothing"):
        hits = []
    if not hits and index.fault("search: nothing is everything"):
        hits = [(each, each.latest) for each in listed(index) if each.latest]
    wanted = "-".join(_words(words))
    hits.sort(key=lambda hit: (hit[0].name != wanted, hit[0].name))
    if params.get("sort") == "updated":
        hits.sort(key=lambda hit: hit[1].created, reverse=True)
    page, after = _page(index, "search.query", params, hits, 20)
    return {"hits": [_hit(*each) for each in page], "next": after, "facets": []}


def _texts(project: Project, release: Release) -> dict[str, list[str]]:
    metadata = release.metadata
    return {
        "name": _words(project.display_name),
        "summary": _words(metadata.get("summary", "")),
        "description": _words(metadata.get("description", "")),
        "keywords": _words(" ".join(metadata.get("keywords", []))),
        "author": _words(f"{metadata.get('author', '')} {metadata.get('author_email', '')}"),
        "maintainer": _words(f"{metadata.get('maintainer', '')} {metadata.get('maintainer_email', '')}"),
        "license": _words(f"{metadata.get('license', '')} {metadata.get('license_expression', '')}"),
    }


def _match(index: Index, text: str, there: list[str]) -> bool:
    asked = _words(text)
    if text.strip() and not asked:
        return False
    matches = any if index.fault("search: one word is enough") and asked else all
    return matches(any(each.startswith(word) for each in there) for word in asked)


def _hit(project: Project, release: Release) -> dict[str, Any]:
    return {
        "name": project.name,
        "display_name": project.display_name,
        "version": str(release.version),
        "summary": release.metadata.get("summary", ""),
        "updated": time_of(release.created),
    }


@method("validate.filename")
def validate_filename(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    try:
        name, version = checks.check_filename(params["filename"])
    except Refusal as refusal:
        return _verdict(refusal)
    return {"valid": True, "problems": [], "warnings": [], "name": name, "version": str(version)}


@method("validate.metadata", writes=True)
def validate_metadata(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    if not index.fault("validate: for everybody"):
        require_known(actor)
    try:
        values = checks.read_metadata(params["metadata"].encode())
    except Refusal as refusal:
        return _verdict(refusal)
    name = canonicalize_name(values["name"])
    return {"valid": True, "problems": [], "warnings": [], "name": name, "version": values["version"]}


def _verdict(refusal: Refusal) -> dict[str, Any]:
    return {"valid": False, "problems": refusal.problems, "warnings": [], "name": None, "version": None}
