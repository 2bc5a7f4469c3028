"""Upload sessions, and documentation, which is sent by one."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any
from urllib.parse import quote

from second_server import checks
from second_server.http import Reply, Request, missing, text
from second_server.rpc import method, require_known
from second_server.state import (
    CONFLICT,
    INVALID,
    NOT_FOUND,
    Actor,
    Documentation,
    File,
    Index,
    Project,
    Refusal,
    Release,
    Session,
    SessionFile,
    later,
    normalized,
    now,
    parsed_version,
    release_key,
    time_of,
)  # fmt: skip

_ZIP = "documentation.zip"


def _require(index: Index, actor: Actor, name: str, session: Session | None = None) -> None:
    require_known(actor)
    normal = normalized(name)
    for action in ("upload",) if normal in index.projects else ("create-project", "upload"):
        index.require(actor, action, normal)
    if session and normal not in index.projects and session.username != actor.username:
        raise Refusal(1003, "not-allowed", "The session belongs to another account.")


def _session(index: Index, actor: Actor, identifier: str) -> Session:
    if not index.fault("sessions: the name is enough"):
        require_known(actor)
    session = index.sessions.get(identifier)
    if session is None and index.fault("sessions: unknown ones are closed"):
        raise Refusal(CONFLICT, "upload-session-closed", "The session is over.")
    if session is None:
        raise Refusal(NOT_FOUND, "upload-session-not-found", "There is no such session.")
    if not index.fault("sessions: the name is enough"):
        _require(index, actor, session.project, session)
    return session


def _announced_file(said: dict[str, Any]) -> SessionFile:
    return SessionFile(said["filename"], said["size"], said["sha256"].lower())


def _described(session: Session) -> dict[str, Any]:
    return {
        "session": session.id,
        "state": session.state,
        "project": session.project,
        "version": str(session.version),
        "expires": time_of(session.expires),
        "files": [
            {
                "filename": each.filename,
                "kind": "documentation" if each.filename == _ZIP else "distribution",
                "size": each.size,
                "sha256": each.sha256,
                "received": len(each.content),
                "url": f"upload/{session.id}/{quote(each.filename)}",
            }
            for each in session.files.values()
        ],
        "problems": session.problems,
        "warnings": [],
    }


def _open(
    index: Index, actor: Actor, purpose: str, name: str, text: str, files: list[dict[str, Any]]
) -> Session:
    version = parsed_version(text)
    live = [
        each
        for each in index.sessions.values()
        if each.is_live
        and (normalized(each.project), each.version, each.purpose) == (normalized(name), version, purpose)
    ]
    if live and purpose == "release" and not index.fault("sessions: two for a release"):
        raise Refusal(CONFLICT, "upload-session-exists", "There is a session.", session=live[0].id)
    for each in live if purpose == "documentation" and not index.fault("docs: two at a time") else ():
        each.state = "cancelled"
    project = index.projects.get(normalized(name))
    session = Session(
        secrets.token_hex(16), purpose, project.display_name if project else name, version,
        require_known(actor), later(7),
        {each["filename"]: _announced_file(each) for each in files},
    )  # fmt: skip
    index.sessions[session.id] = session
    return session


@method("upload.begin", writes=True)
def begin(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    name, version, files = normalized(params["name"]), parsed_version(params["version"]), params["files"]
    _require(index, actor, name)
    problems = [] if index.fault("sessions: begun with anything") else _announced(name, version, files)
    if problems:
        raise Refusal(INVALID, "invalid-filename", problems[0][1], problems)
    for each in files:
        index.check_name_free(each["filename"], each["sha256"].lower())
        index.check_second_sdist(name, version, each["filename"])
    documentation = params.get("documentation")
    announced = [*files, {"filename": _ZIP, **documentation}] if documentation else files
    session = _open(index, actor, "release", params["name"], params["version"], announced)
    answer = _described(session)
    return {**answer, "state": "begun"} if index.fault("sessions: begun in another state") else answer


def _announced(name: str, version: Any, files: list[dict[str, Any]]) -> list[tuple[str, str]]:
    problems = []
    names = [each["filename"] for each in files]
    for each in names:
        try:
            if checks.check_filename(each) != (name, version):
                problems.append((each, f"{each} is of another release."))
        except Refusal as refusal:
            problems.append((each, refusal.message))
        if names.count(each) > 1:
            problems.append((each, f"{each} is there twice."))
    if sum(each.endswith(".tar.gz") for each in names) > 1:
        problems.append((names[-1], "There are two sdists."))
    return problems


@method("upload.status")
def status(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    return _described(_session(index, actor, params["session"]))


@method("upload.cancel", writes=True)
def cancel(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    session = _session(index, actor, params["session"])
    if session.state == "published" and not index.fault("sessions: published ones are cancelled"):
        raise _closed(session)
    session.state = "cancelled"
    for each in session.files.values():
        each.content.clear()
    return _described(session)


def _closed(session: Session) -> Refusal:
    return Refusal(CONFLICT, "upload-session-closed", f"The session is {session.state}.")


def _inspected(index: Index, session: Session) -> list[tuple[File, dict[str, Any]]]:
    """Check the files of a session, and remember what is wrong with them."""
    missing_bytes = [
        (each.filename, f"{len(each.content)} of {each.size} bytes have arrived.")
        for each in session.files.values()
        if len(each.content) < each.size
    ]
    code = "invalid-form" if index.fault("sessions: incomplete by another code") else "upload-incomplete"
    problems, found = missing_bytes, []
    for each in session.files.values() if not problems else ():
        try:
            content = bytes(each.content)
            if each.filename == _ZIP:
                checks.read_documentation(content)
                continue
            metadata, values = checks.inspect(each.filename, content, session.project, session.version)
            index.check_second_sdist(normalized(session.project), session.version, each.filename)
            file = File(each.filename, content, metadata, values.get("requires_python") or None, now())
            found.append((file, values))
        except Refusal as refusal:
            code = code if problems else refusal.code
            problems += [(each.filename, inner["message"]) for inner in refusal.problems]
            if index.fault("sessions: the first problem alone"):
                break
    session.problems = [{"field": where, "message": what} for where, what in problems]
    if problems:
        session.state = "cancelled" if index.fault("sessions: problems end them") else "open"
        raise Refusal(INVALID, code, problems[0][1], problems)
    return found


@method("upload.complete", writes=True)
def complete(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    session = _session(index, actor, params["session"])
    if session.state == "cancelled":
        raise _closed(session)
    if session.state == "open":
        found = _inspected(index, session)
        session.state = "completed"
        if index.fault("sessions: complete publishes"):
            _publish(index, actor, session, found)
    return _described(session)


@method("release.publish", writes=True)
def publish(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    session = _session(index, actor, params["session"])
    if session.state == "published" and not index.fault("sessions: published only once"):
        return _described(session)
    if not session.is_live:
        raise _closed(session)
    if index.fault("sessions: published in part"):
        _publish_what_is_right(index, actor, session)
    _publish(index, actor, session, _inspected(index, session))
    session.state = "published"
    return _described(session)


def _publish(index: Index, actor: Actor, session: Session, found: list[tuple[File, dict[str, Any]]]) -> None:
    for file, _values in found:
        index.check_name_free(file.filename, file.sha256)
    for file, values in found:
        index.publish(actor, values["name"], session.version, file, checks.described(values))
    if _ZIP in session.files and not index.fault("sessions: documentation left behind"):
        project = index.project(session.project)
        archive = bytes(session.files[_ZIP].content)
        release = index.release(project, str(session.version))
        release.documentation = Documentation(archive, checks.read_documentation(archive), now())
        index.record(project, "docupdate", release.version)


def _publish_what_is_right(index: Index, actor: Actor, session: Session) -> None:
    for each in session.files.values():
        try:
            content = bytes(each.content)
            metadata, values = checks.inspect(each.filename, content, session.project, session.version)
        except Refusal:
            continue
        file = File(each.filename, content, metadata, values.get("requires_python"), now())
        index.publish(actor, values["name"], session.version, file, checks.described(values))


# ------------------------------------------------------------ bytes


def upload(index: Index, request: Request) -> Reply:
    """Take bytes of a file, or say how many have arrived."""
    parts = request.path.split("/")
    if len(parts) != 4:
        return missing()
    if request.method not in {"GET", "HEAD", "PUT"}:
        return text("PUT the bytes.", 405, allow="GET, HEAD, PUT")
    session = _session(index, request.actor, parts[2])
    file = session.files.get(parts[3])
    if file is None:
        return missing()
    if request.reads:
        if index.fault("sessions: readable before") and request.method == "GET":
            return Reply(200, {}, bytes(file.content))
        return _offset(len(file.content))
    return _received(index, request, session, file)


def _offset(number: int, status: int = 204) -> Reply:
    return Reply(status, {"upload-offset": str(number), "cache-control": "no-store"})


def _received(index: Index, request: Request, session: Session, file: SessionFile) -> Reply:
    forgiven = {
        "published": "sessions: published ones take bytes",
        "cancelled": "sessions: cancelled ones take bytes",
    }
    if not session.is_live and not index.fault(forgiven[session.state]):
        return text(f"The session is {session.state}.", 409)
    header = request.headers.get("upload-offset", "0")
    if not re.fullmatch(r"\d{1,18}", header):
        if not index.fault("offset: nonsense is 0"):
            return text("Send a number.", 400)
        header = "0"
    arrived = len(file.content)
    if index.fault("sessions: completed ones take bytes") and session.state == "completed" and header == "0":
        file.content = bytearray(request.body)
        return _offset(len(file.content))
    if int(header) != arrived:
        if index.fault("offset: wrong ones pass"):
            return _offset(arrived)
        return _offset(arrived, 409)
    if arrived + len(request.body) > file.size and not index.fault("sessions: too many bytes"):
        return text("There are too many bytes.", 413)
    file.parts += 1
    if file.parts > 2 and index.fault("sessions: two parts at most"):
        return text("There are too many parts.", 400)
    file.content += request.body
    if len(file.content) >= file.size and hashlib.sha256(file.content).hexdigest() != file.sha256:
        if index.fault("digest: any"):
            return _offset(len(file.content))
        if not index.fault("digest: wrong bytes stay"):
            file.content.clear()
        return text("The digest is another.", 400)
    return Reply(204) if index.fault("offset: not told") else _offset(len(file.content))


# ------------------------------------------------------------ documentation


@method("docs.begin", writes=True)
def docs_begin(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    if index.fault("docs: unknown projects are invalid") and normalized(params["name"]) not in index.projects:
        raise Refusal(INVALID, "invalid-name", "There is no such project.", [("name", "It is unknown.")])
    project = index.project(params["name"])
    release = index.release(project, params["version"])
    index.require(actor, "upload", project.name)
    file = {"filename": _ZIP, "size": params["size"], "sha256": params["sha256"]}
    session = _open(index, actor, "documentation", project.display_name, str(release.version), [file])
    return {
        "upload": session.id,
        "url": f"upload/{session.id}/{_ZIP}",
        "expires": time_of(session.expires),
    }


@method("docs.complete", writes=True)
def docs_complete(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    session = _session(index, actor, params["upload"])
    project = index.project(session.project)
    release = index.release(project, str(session.version))
    if session.state != "published":
        if not session.is_live:
            raise _closed(session)
        file = session.files[_ZIP]
        if len(file.content) < file.size and not index.fault("docs: incomplete ones"):
            raise Refusal(INVALID, "upload-incomplete", "Bytes are missing.", [(_ZIP, "Bytes are missing.")])
        archive = bytes(file.content)
        pages = checks.read_documentation(archive, index.fault)
        is_new = release.documentation is None or release.documentation.archive != archive
        old = release.documentation.pages if release.documentation else {}
        if index.fault("docs: old pages stay"):
            pages = {**old, **pages}
        release.documentation = Documentation(archive, pages, now())
        if is_new:
            index.record(project, "docupdate", release.version)
        session.state = "published"
    elif index.fault("docs: completed only once"):
        raise _closed(session)
    return _documentation(project, release)


def _documentation(project: Project, release: Release) -> dict[str, Any]:
    found = release.documentation
    if found is None:
        raise Refusal(NOT_FOUND, "documentation-not-found", "There is no documentation.")
    base = f"docs/{project.name}/{quote(str(release.version))}"
    return {
        "version": str(release.version),
        "state": "ready",
        "url": f"{base}/",
        "archive_url": f"{base}.zip",
        "size": len(found.archive),
        "sha256": hashlib.sha256(found.archive).hexdigest(),
        "uploaded": time_of(found.uploaded),
        "is_being_replaced": False,
    }


def _alias(index: Index, project: Project, name: str) -> Release | None:
    documented = [each for each in project.sorted_releases if each.documentation]
    good = [each for each in documented if not each.shown_yank]
    if name == "stable":
        if index.fault("docs: stable is latest"):
            return documented[-1] if documented else None
        good = [each for each in good if not each.version.is_prerelease]
        return good[-1] if good else None
    found = good or documented
    return found[-1] if found else None


@method("docs.list")
def docs_list(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    from second_server.reading import _page

    project = index.project(params["name"])
    documented = [each for each in project.sorted_releases[::-1] if each.documentation and project.is_offered]
    page, after = _page(index, "docs.list", params, documented, 100)
    latest, stable = (_alias(index, project, each) for each in ("latest", "stable"))
    return {
        "name": project.name,
        "versions": [_documentation(project, each) for each in page],
        "latest": str(latest.version) if latest else None,
        "stable": str(stable.version) if stable else None,
        "next": after,
    }


@method("docs.delete", writes=True)
def docs_delete(index: Index, actor: Actor, params: dict[str, Any]) -> Any:
    project = index.project(params["name"])
    release = index.release(project, params["version"])
    if not index.fault("docs: deleted by anybody"):
        index.require(actor, "upload", project.name)
    _documentation(project, release)
    if not index.fault("docs: deleted ones stay"):
        release.documentation = None
    return {"serial": index.record(project, "remove documentation", release.version)}


def _archive(index: Index, archive: bytes) -> Reply:
    body = archive + b"x" if index.fault("docs: another ZIP") else archive
    return Reply(200, {"content-type": "application/zip"}, body)


def docs(index: Index, request: Request) -> Reply:
    """Send a page of documentation, or the ZIP."""
    _, _, name, version, *path = [*request.path.split("/"), ""][:-1]
    project = index.projects.get(name)
    if project is None or (not project.is_offered and not index.fault("quarantine: documentation is shown")):
        return missing()
    if version.endswith(".zip") and not path:
        release = project.releases.get(release_key(parsed_version(version.removesuffix(".zip"))))
        found = release.documentation if release else None
        return (
            Reply(
                200,
                {"content-type": "application/zip"},
                found.archive + b"x" * index.fault("docs: another ZIP"),
            )
            if found
            else missing()
        )
    if version in {"latest", "stable"}:
        release = _alias(index, project, version)
    else:
        release = project.releases.get(release_key(parsed_version(version)))
    if release is None or release.documentation is None:
        return missing()
    wanted = "/".join(path) or "index.html"
    if version == "latest" and index.fault("docs: no latest"):
        return missing()
    if len(path) > 1 and index.fault("docs: no folders"):
        return missing()
    page = release.documentation.pages.get(wanted)
    if page is None and index.fault("docs: any page"):
        page = release.documentation.pages["index.html"]
    if page is None:
        return missing()
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "sandbox allow-scripts",
        "x-content-type-options": "nosniff",
    }
    if index.fault("docs: no sandbox"):
        del headers["content-security-policy"]
    return Reply(200, headers, page)
