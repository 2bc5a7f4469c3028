"""The Simple API, HTML and JSON, and the files."""

from __future__ import annotations

import hashlib
import html
import json
import re
from typing import Any
from urllib.parse import quote

from packaging.utils import canonicalize_name

from second_server.http import Reply, Request, missing, text
from second_server.state import File, Index, Project, Refusal, Release, normalized, time_of

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


def simple(index: Index, request: Request) -> Reply:
    match request.path.split("/"):
        case ["", "simple", ""]:
            return _page(index, request, None)
        case ["", "simple"]:
            return Reply(301, {"location": "/simple/"})
        case ["", "simple", name, *slash] if slash in ([], [""]):
            try:
                normal = normalized(name)
            except Refusal:
                return missing()
            if normal != name or not slash:
                return Reply(301, {"location": f"/simple/{normal}/"})
            project = index.projects.get(normal)
            return missing() if project is None else _page(index, request, project)
    return missing()


def _page(index: Index, request: Request, project: Project | None) -> Reply:
    kind = request.query.get("format") or chosen(request.headers.get("accept", "*/*"))
    if kind not in {JSON, HTML, "text/html"}:
        return text("There is HTML and JSON.", 406)
    serial = project.serial if project else index.serial
    if index.fault("serials: of pages behind"):
        serial -= 1
    if kind == JSON:
        page = _project_json(index, project) if project else _list_json(index, serial)
        body, content_type = json.dumps(page).encode(), JSON
    else:
        body = (_project_html(index, project) if project else _list_html(index)).encode()
        content_type = f"{kind}; charset=utf-8"
    headers = {
        "content-type": content_type,
        "vary": "Accept",
        "access-control-allow-origin": "*",
        "cache-control": "max-age=0, must-revalidate",
        "x-pypi-last-serial": str(serial),
    }
    return conditional(request, headers, body)


def chosen(accept: str) -> str | None:
    ranges: dict[str, float] = {}
    for each in accept.split(","):
        kind, _, parameters = each.partition(";")
        found = re.fullmatch(r"\s*q\s*=\s*([01](\.\d*)?)\s*", parameters or "q=1")
        if found and "/" in kind:
            ranges[kind.strip().replace(".latest+", ".v1+")] = float(found[1])
    ranges = ranges or {"*/*": 1.0}
    offers = {each: ranges.get(each, ranges.get("*/*", 0.0)) for each in ("text/html", HTML, JSON)}
    best = max(offers, key=lambda each: offers[each])
    return best if offers[best] > 0 else None


def listed(index: Index) -> list[Project]:
    shows_all = index.fault("quarantine: on the list")
    return [each for each in index.projects.values() if each.is_offered or shows_all]


def _shown_files(index: Index, project: Project) -> list[tuple[Release, File]]:
    if project.is_offered or index.fault("quarantine: files are listed"):
        return project.files
    return []


def yank_of(index: Index, release: Release, file: File) -> str | bool:
    return False if index.fault("yank: without effect") else release.yank_of(file)


def _list_json(index: Index, serial: int) -> dict[str, Any]:
    projects = [{"name": each.display_name, "_last-serial": each.serial} for each in listed(index)]
    return {"meta": {"api-version": "1.4", "_last-serial": serial}, "projects": projects}


def _project_json(index: Index, project: Project) -> dict[str, Any]:
    status = {"status": "active" if index.fault("status: not on the page") else project.state}
    if project.reason:
        status["reason"] = project.reason
    return {
        "meta": {"api-version": "1.4", "_last-serial": project.serial},
        "name": project.name,
        "project-status": status,
        "versions": [str(each.version) for each in project.sorted_releases if project.is_offered],
        "files": [
            {
                "filename": file.filename,
                "url": f"../../{quote(file.path)}",
                "hashes": {"sha256": file.sha256},
                "requires-python": file.requires_python,
                "size": len(file.content),
                "upload-time": time_of(file.uploaded),
                "yanked": yank_of(index, release, file),
                "core-metadata": {"sha256": file.metadata_sha256} if file.is_wheel else False,
            }
            for release, file in _shown_files(index, project)
        ],
    }


def _list_html(index: Index) -> str:
    links = (f'<a href="{each.name}/">{each.display_name}</a><br>\n' for each in listed(index))
    return _html("", "".join(links))


def _project_html(index: Index, project: Project) -> str:
    status = f'<meta name="pypi:project-status" content="{project.state}">'
    return _html(status, "".join(_anchor(index, *each) for each in _shown_files(index, project)))


def _anchor(index: Index, release: Release, file: File) -> str:
    attributes = {"href": f"../../{quote(file.path)}#sha256={file.sha256}"}
    if file.requires_python:
        attributes["data-requires-python"] = file.requires_python
    if file.is_wheel:
        attributes["data-core-metadata"] = f"sha256={file.metadata_sha256}"
        attributes["data-dist-info-metadata"] = f"sha256={file.metadata_sha256}"
    if yanked := yank_of(index, release, file):
        attributes["data-yanked"] = yanked if isinstance(yanked, str) else ""
    written = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<a {written}>{file.filename}</a><br>\n"


def _html(head: str, body: str) -> str:
    version = '<meta name="pypi:repository-version" content="1.4">'
    return f"<!DOCTYPE html><html><head>{version}{head}<title>Index</title></head><body>{body}</body></html>"


def packages(index: Index, request: Request) -> Reply:
    """Send a file, or the metadata of a wheel."""
    filename = request.path.rpartition("/")[2]
    found = index.find_file(filename.removesuffix(".metadata"))
    if found is None:
        return missing()
    project, _, file = found
    is_hidden = not project.is_offered and not index.fault("quarantine: files are sent")
    if is_hidden or not request.path.startswith(f"/{file.path}"):
        return missing()
    if filename.endswith(".metadata") and not file.is_wheel:
        return missing()
    if index.fault("files: elsewhere") and request.headers.get("host") != "localhost":
        return Reply(302, {"location": f"http://localhost{request.path}"})
    headers = {
        "content-type": "application/octet-stream",
        "accept-ranges": "bytes",
        "cache-control": "max-age=31536000, immutable",
    }
    content = file.metadata if filename.endswith(".metadata") else file.content
    return conditional(request, headers, content)


def conditional(request: Request, headers: dict[str, str], body: bytes) -> Reply:
    etag = f'"{hashlib.sha256(headers["content-type"].encode() + body).hexdigest()[:32]}"'
    headers = {**headers, "etag": etag}
    if request.headers.get("if-none-match") == etag:
        return Reply(304, headers)
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if wanted and "accept-ranges" in headers and request.headers.get("if-range", etag) == etag:
        return _part(wanted, headers, body)
    return Reply(200, headers, body)


def _part(wanted: re.Match[str], headers: dict[str, str], body: bytes) -> Reply:
    size = len(body)
    first = int(wanted[1]) if wanted[1] else size - int(wanted[2])
    last = min(size - 1, int(wanted[2]) if wanted[1] and wanted[2] else size - 1)
    if first >= size:
        return Reply(416, {**headers, "content-range": f"bytes */{size}"})
    return Reply(206, {**headers, "content-range": f"bytes {first}-{last}/{size}"}, body[first : last + 1])


def canonical(name: str) -> str:
    return canonicalize_name(name)
