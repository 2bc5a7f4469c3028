"""The upload form, and the legacy JSON."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    PushMultipartParser,
    parse_options_header,
)
from packaging.version import Version

from second_server import checks
from second_server.http import ROOT, Reply, Request, as_json, missing, refused, text
from second_server.simple import yank_of
from second_server.state import (
    CONFLICT,
    INVALID,
    UNAUTHENTICATED,
    File,
    Index,
    Project,
    Refusal,
    Release,
    normalized,
    now,
    parsed_version,
    release_key,
    time_of,
)  # fmt: skip


def legacy(index: Index, request: Request) -> Reply:
    """Take the form of an upload."""
    if request.method != "POST":
        return text("POST a form.", 405, allow="POST")
    if request.actor.username is None:
        return refused(request.actor.refused or Refusal(UNAUTHENTICATED, "unauthenticated", "Send a token."))
    try:
        _publish(index, request, *_form(request))
    except Refusal as refusal:
        status = 400 if refusal.family in {INVALID, CONFLICT, 1013} else refused(refusal).status
        return Reply(
            status, {"content-type": "text/plain"}, refusal.message.encode(), phrase=refusal.message[:200]
        )
    return text("")


def _bad(field: str, sentence: str) -> Refusal:
    return Refusal(INVALID, "invalid-form", sentence, [(field, sentence)])


def _form(request: Request) -> tuple[dict[str, list[str]], str | None, bytes]:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise _bad("", "Send multipart/form-data with a boundary.")
    fields: dict[str, list[str]] = {}
    filename, content, value, part = None, b"", b"", None
    parser = PushMultipartParser(options["boundary"])
    try:
        for event in (*parser.parse(request.body), *_closed(parser)):
            if event is None and part is not None:
                if part.name == "content":
                    filename, content = part.filename or "", value
                else:
                    fields.setdefault(part.name or "", []).append(value.decode())
            elif isinstance(event, bytearray | bytes):
                value += event
            elif event is not None:
                part, value = event, b""
    except (MultipartError, UnicodeDecodeError) as error:
        raise _bad("", f"The form cannot be read: {error}.") from error
    return fields, filename, content


def _closed(parser: PushMultipartParser) -> tuple[()]:
    parser.close()
    return ()


def _publish(
    index: Index, request: Request, fields: dict[str, list[str]], filename: str | None, content: bytes
) -> None:
    def single(name: str) -> str:
        values = fields.get(name, [])
        if len(values) > 1:
            raise _bad(name, f"{name} is there twice.")
        return values[0] if values else ""

    if single(":action") != "file_upload":
        raise _bad(":action", "Send file_upload.")
    if filename is None:
        raise _bad("content", "There is no file.")
    if single("filetype") != ("bdist_wheel" if filename.endswith(".whl") else "sdist"):
        raise _bad("filetype", "The filetype does not fit the file.")
    name, version = single("name"), parsed_version(single("version"))
    normal = normalized(name)
    metadata = "\n".join(f"{each}: {single(each.lower().replace('-', '_'))}" for each in _HEADERS)
    checks.read_metadata(metadata.encode())
    for action in ("upload",) if normal in index.projects else ("create-project", "upload"):
        index.require(request.actor, action, normal)
    file = File(filename, content, b"", None, now(), single("comment"))
    for field, digest in (("sha256", file.sha256), ("md5", file.md5), ("blake2_256", file.blake2)):
        claimed = single(f"{field}_digest")
        if claimed and claimed.lower() != digest:
            raise Refusal(INVALID, "digest-mismatch", f"The {field} digest is another.")
    if index.check_name_free(filename, file.sha256):
        return
    file.metadata, values = checks.inspect(filename, content, name, version)
    index.check_second_sdist(normal, version, filename)
    file.requires_python = values.get("requires_python") or None
    index.publish(request.actor, values["name"], version, file, checks.described(values))


_HEADERS = ("Metadata-Version", "Name", "Version")


def legacy_json(index: Index, request: Request) -> Reply:
    """Answer ``pypi/NAME/json`` and ``pypi/NAME/VERSION/json``."""
    first, *between, last = request.path.strip("/").split("/")
    if (first, last) != ("pypi", "json") or len(between) not in {1, 2}:
        return missing()
    name, version = (*between, "")[:2]
    try:
        project = index.project(name)
        release = index.release(project, version) if version else project.latest
    except Refusal:
        return missing()
    is_hidden = not project.is_offered and not index.fault("quarantine: in legacy JSON")
    if release is None or is_hidden:
        return missing()
    document = _document(index, project, release, with_releases=not version)
    reply = as_json(document, x_pypi_last_serial=str(project.serial))
    etag = f'"{hashlib.sha256(reply.body).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == etag:
        return Reply(304, {"etag": etag})
    reply.headers["etag"] = etag
    return reply


def _document(index: Index, project: Project, release: Release, *, with_releases: bool) -> dict[str, Any]:
    info = {
        "name": project.display_name,
        "version": str(release.version),
        "summary": "",
        **release.metadata,
        "yanked": bool(release.shown_yank),
    }
    document = {
        "info": info,
        "last_serial": project.serial - (1 if index.fault("serials: of legacy JSON behind") else 0),
        "urls": _files(index, release),
        "vulnerabilities": [],
        "ownership": {
            "roles": [{"role": role, "user": user} for user, role in project.roles.items()],
            "organization": None,
        },
    }
    if with_releases:
        document["releases"] = {str(each.version): _files(index, each) for each in project.sorted_releases}
    return document


def _files(index: Index, release: Release) -> list[dict[str, Any]]:
    files = [*release.files.values()]
    return [
        _file(index, release, each) for each in (files[:-1] if index.fault("files: one too few") else files)
    ]


def _file(index: Index, release: Release, file: File) -> dict[str, Any]:
    yanked = yank_of(index, release, file)
    return {
        "filename": file.filename,
        "packagetype": file.kind,
        "python_version": file.python,
        "digests": {"sha256": file.sha256, "md5": file.md5, "blake2b_256": file.blake2},
        "md5_digest": file.md5,
        "size": len(file.content),
        "upload_time": time_of(file.uploaded)[:19],
        "upload_time_iso_8601": time_of(file.uploaded),
        "url": f"{ROOT}{quote(file.path)}",
        "requires_python": file.requires_python,
        "yanked": bool(yanked),
        "yanked_reason": yanked if isinstance(yanked, str) else None,
        "comment_text": file.comment,
        "has_sig": False,
        "downloads": -1,
    }


def versions(project: Project) -> list[Version]:
    return [each.version for each in project.sorted_releases]


def key_of(version: Version) -> str:
    return release_key(version)
