"""An index of one project that does everything right, and can be made to do one thing wrong."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from pypi_conformance.catalogue import modules_of
from pypi_conformance.distributions import REQUIRES_PYTHON, Distribution, build_sdist, build_wheel
from pypi_conformance.options import Options
from pypi_conformance.outcomes import Outcome, judge
from pypi_conformance.pages import HTML_TYPE, JSON_TYPE
from pypi_conformance.publishing import Publication
from pypi_conformance.registry import Level
from pypi_conformance.subject import Subject

ROOT = "http://127.0.0.1/"
READING = (Level.SIMPLE_HTML, Level.SIMPLE_JSON, Level.FILES)
NAME = "Small.Sample"
PUBLICATION = Publication(name=NAME, wheel=build_wheel(NAME, "1.0"), sdist=build_sdist(NAME, "1.0"))


class Reply(msgspec.Struct):
    """An answer that a defect may still change."""

    status: int
    headers: dict[str, str]
    body: bytes


Defect = Callable[[httpx.Request, Reply], None]


def no_defect(request: httpx.Request, reply: Reply) -> None:
    """Leave an answer alone."""


class SmallIndex:
    """A package index as PEP 503, 691 and those after them want it; *defect* changes its answers."""

    def __init__(self, defect: Defect = no_defect) -> None:
        self._defect = defect
        self._files = {each.filename: each for each in (PUBLICATION.wheel, PUBLICATION.sdist)}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        reply = self._reply(request)
        if reply.status == 200:
            _finish(request, reply)
        self._defect(request, reply)
        body = b"" if request.method == "HEAD" and "leak" not in reply.headers else reply.body
        headers = {"content-length": str(len(reply.body))} | reply.headers
        return httpx.Response(reply.status, headers=headers, stream=httpx.ByteStream(body))

    def _reply(self, request: httpx.Request) -> Reply:
        path = request.url.path
        if path in {"/simple/", f"/simple/{PUBLICATION.project}/"}:
            return self._page(request, is_list=path == "/simple/")
        if re.fullmatch(r"/simple/small[-_.]+sample/?", path, re.IGNORECASE):
            return Reply(301, {"location": f"/simple/{PUBLICATION.project}/"}, b"")
        filename = path.removeprefix("/packages/").removesuffix(".metadata")
        if path.startswith("/packages/") and filename in self._files:
            return _file(self._files[filename], is_metadata=path.endswith(".metadata"))
        return Reply(404, {"content-type": "text/plain"}, b"There is no such thing.")

    def _page(self, request: httpx.Request, *, is_list: bool) -> Reply:
        kind = request.url.params.get("format") or _chosen(request.headers.get("accept", "*/*"))
        if kind is None:
            return Reply(406, {"content-type": "text/plain"}, b"There is HTML and JSON.")
        files = list(self._files.values())
        if kind == JSON_TYPE:
            body = json.dumps(_list_as_json() if is_list else _page_as_json(files)).encode()
        else:
            body = (_list_as_html() if is_list else _page_as_html(files)).encode()
        headers = {
            "content-type": kind if kind == JSON_TYPE else f"{kind}; charset=utf-8",
            "vary": "Accept",
            "access-control-allow-origin": "*",
            "x-pypi-last-serial": "7",
        }
        return Reply(200, headers, body)


def _chosen(accept: str) -> str | None:
    ranges: dict[str, float] = {}
    for each in accept.split(","):
        kind, _, parameters = each.partition(";")
        found = re.fullmatch(r"\s*q\s*=\s*([01](\.\d*)?)\s*", parameters or "q=1")
        if found and "/" in kind:
            ranges[kind.strip().replace(".latest+", ".v1+")] = float(found[1])
    if not ranges:
        ranges = {"*/*": 1.0}
    offers = {each: ranges.get(each, ranges.get("*/*", 0.0)) for each in ("text/html", HTML_TYPE, JSON_TYPE)}
    best = max(offers, key=lambda each: offers[each])
    return best if offers[best] > 0 else None


def _list_as_json() -> dict[str, Any]:
    return {
        "meta": {"api-version": "1.4", "_last-serial": 7},
        "projects": [{"name": NAME, "_last-serial": 7}],
    }


def _page_as_json(files: list[Distribution]) -> dict[str, Any]:
    return {
        "meta": {"api-version": "1.4"},
        "name": PUBLICATION.project,
        "project-status": {"status": "active"},
        "versions": ["1.0"],
        "files": [
            {
                "filename": each.filename,
                "url": f"/packages/{each.filename}",
                "hashes": {"sha256": each.sha256},
                "requires-python": REQUIRES_PYTHON,
                "size": len(each.content),
                "upload-time": "2026-01-31T12:00:00.123456Z",
                "yanked": False,
                "core-metadata": {"sha256": _sha256(each.metadata)},
                "provenance": f"https://index.example/{each.filename}/provenance",
            }
            for each in files
        ],
    }


def _list_as_html() -> str:
    return _html(f'<a href="{PUBLICATION.project}/">{NAME}</a><br>')


def _page_as_html(files: list[Distribution]) -> str:
    anchors = (
        f'<a href="/packages/{each.filename}#sha256={each.sha256}" '
        f'data-requires-python="{html.escape(REQUIRES_PYTHON)}" data-gpg-sig="false" '
        f'data-core-metadata="sha256={_sha256(each.metadata)}" '
        f'data-dist-info-metadata="sha256={_sha256(each.metadata)}">{each.filename}</a><br>\n'
        for each in files
    )
    return _html("".join(anchors))


def _html(body: str) -> str:
    return (
        '<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.4">'
        f'<meta name="pypi:project-status" content="active"></head><body>{body}</body></html>'
    )


def _file(file: Distribution, *, is_metadata: bool) -> Reply:
    headers = {
        "content-type": "application/octet-stream",
        "accept-ranges": "bytes",
        "cache-control": "max-age=31536000, immutable",
    }
    return Reply(200, headers, file.metadata if is_metadata else file.content)


def _finish(request: httpx.Request, reply: Reply) -> None:
    etag = f'"{_sha256(reply.headers["content-type"].encode() + reply.body)}"'
    reply.headers["etag"] = etag
    if request.headers.get("if-none-match") == etag:
        reply.status, reply.body = 304, b""
        return
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if wanted and "accept-ranges" in reply.headers and request.headers.get("if-range", etag) == etag:
        _cut(wanted, reply)


def _cut(wanted: re.Match[str], reply: Reply) -> None:
    size = len(reply.body)
    first = int(wanted[1]) if wanted[1] else size - int(wanted[2])
    last = min(size - 1, int(wanted[2]) if wanted[1] and wanted[2] else size - 1)
    if first >= size:
        reply.status, reply.body = 416, b""
        return
    reply.status, reply.body = 206, reply.body[first : last + 1]
    reply.headers["content-range"] = f"bytes {first}-{last}/{size}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def subject_of(answer: Callable[[httpx.Request], httpx.Response], **options: Any) -> Subject:
    return Subject(Options(url=ROOT, levels=READING, **options), httpx.MockTransport(answer))


def examined(answer: Callable[[httpx.Request], httpx.Response]) -> dict[str, Outcome]:
    """Return what comes of each claim of the levels that read, without pytest around it."""
    outcomes = {}
    with subject_of(answer) as index:
        index.publication = PUBLICATION
        for module in modules_of(READING):
            for claim, check in module.claim.checks.items():
                try:
                    check(index)
                except Exception as error:
                    outcomes[claim.identifier] = judge(claim, error).outcome
                else:
                    outcomes[claim.identifier] = judge(claim, None).outcome
    return outcomes


class Kit:
    """What tests of the kit need, handed to them because they cannot import a conftest."""

    small_index = SmallIndex
    examined = staticmethod(examined)
    subject_of = staticmethod(subject_of)
    publication = PUBLICATION
    root = ROOT


@pytest.fixture(scope="session")
def kit() -> type[Kit]:
    """Return a small index, and what examines it."""
    return Kit
