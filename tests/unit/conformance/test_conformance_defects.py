"""One defect at a time: exactly the claims that speak of it fail."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pypi_conformance.catalogue import modules_of
from pypi_conformance.outcomes import Outcome
from pypi_conformance.registry import Level

if TYPE_CHECKING:
    from conftest import Defect, Kit, Reply  # type: ignore[attr-defined]

LIST, PAGE, ANY_PAGE = r"/simple/", r"/simple/small-sample/", r"/simple/.*"
WHEEL, FILE = r"/packages/.*\.whl", r"/packages/[^/]*(whl|gz)"
METADATA = r"/packages/.*\.metadata"


def answers(
    path: str,
    change: Callable[[httpx.Request, Reply], None],
    *,
    kind: str = "",
    status: Iterable[int] = (200,),
) -> Defect:
    """Change answers of this path, whose type contains *kind*, and of these statuses."""

    def defect(request: httpx.Request, reply: Reply) -> None:
        has_kind = kind in reply.headers.get("content-type", "")
        if re.fullmatch(path, request.url.path) and has_kind and reply.status in {*status}:
            change(request, reply)

    return defect


def text(old: str, new: str) -> Callable[[httpx.Request, Reply], None]:
    def change(_request: httpx.Request, reply: Reply) -> None:
        changed = re.sub(old, new, reply.body.decode())
        assert changed != reply.body.decode() or not reply.body
        reply.body = changed.encode()

    return change


def header(name: str, value: str | None) -> Callable[[httpx.Request, Reply], None]:
    def change(_request: httpx.Request, reply: Reply) -> None:
        reply.headers.pop(name, None)
        if value is not None:
            reply.headers[name] = value

    return change


def becomes(status: int, body: bytes | None = None, **headers: str) -> Callable[[httpx.Request, Reply], None]:
    def change(_request: httpx.Request, reply: Reply) -> None:
        reply.status = status
        reply.headers |= headers
        reply.body = reply.body if body is None else body

    return change


def when(
    condition: Callable[[httpx.Request], object], change: Callable[[httpx.Request, Reply], None]
) -> Callable[[httpx.Request, Reply], None]:
    def conditional(request: httpx.Request, reply: Reply) -> None:
        if condition(request):
            change(request, reply)

    return conditional


def is_head(request: httpx.Request) -> bool:
    return request.method == "HEAD"


def is_new(request: httpx.Request) -> bool:
    return "v999" in request.headers.get("accept", "")


def html(path: str, old: str, new: str) -> Defect:
    return answers(path, text(old, new), kind="html")


def json_page(change: Callable[[dict[str, Any]], object], path: str = PAGE) -> Defect:
    def changed(_request: httpx.Request, reply: Reply) -> None:
        document = json.loads(reply.body)
        change(document)
        reply.body = json.dumps(document).encode()

    return answers(path, changed, kind="json")


def json_file(**changes: Any) -> Defect:
    """Change keys of the first file, underscores being hyphens; ``...`` leaves one out."""

    def change(document: dict[str, Any]) -> None:
        for key, value in changes.items():
            document["files"][0].pop(key.replace("_", "-"), None)
            if value is not ...:
                document["files"][0][key.replace("_", "-")] = value

    return json_page(change)


def put(key: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda document: document.update({key: value})


def without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda document: document.pop(key)


DEFECTS: dict[str, tuple[Defect, set[str]]] = {
    # ---------------------------------------------------------------- simple-html
    "pages as plain text": (
        answers(ANY_PAGE, header("content-type", "text/plain"), kind="text/html"),
        {
            "simple-html/content-type",
            "simple-json/quality",
            "simple-json/quality-zero",
            "simple-json/default",
        },
    ),
    "no doctype": (html(LIST, "<!DOCTYPE html>", ""), {"simple-html/html5"}),
    "the link of another project": (
        html(LIST, r'href="small-sample/"', 'href="other/"'),
        {"simple-html/list-links", "simple-html/list-contains"},
    ),
    "links without a slash": (
        html(LIST, r'href="small-sample/"', 'href="small-sample"'),
        {"simple-html/list-slash"},
    ),
    "another project in the list": (
        html(LIST, r"<a.*</a>", '<a href="other/">other</a>'),
        {"simple-html/list-contains"},
    ),
    "no version in HTML": (
        html(ANY_PAGE, r'<meta name="pypi:repository-version" content="1.4">', ""),
        {"simple-html/repository-version", "simple-html/repository-version-form"},
    ),
    "version 2 in HTML": (
        html(LIST, r'content="1\.4"', 'content="2.0"'),
        {"simple-html/repository-version-form"},
    ),
    "a page without the slash": (
        answers(r"/simple/small-sample", becomes(200), status=[301]),
        {"simple-html/slash-redirect", "simple-json/slash-redirect"},
    ),
    "no other spellings": (
        answers(r"/simple/SMALL.*", becomes(404), status=[301]),
        {"simple-html/redirect-not-normalised"},
    ),
    "unknown projects are empty pages": (
        answers(r"/simple/conformance-kit.*", becomes(200, b"<!DOCTYPE html>"), status=[404]),
        {"simple-html/unknown-404", "simple-json/unknown-404"},
    ),
    "unknown projects are elsewhere": (
        answers(r"/simple/conformance-kit.*", becomes(302, location="https://other.example/"), status=[404]),
        {"simple-html/unknown-404", "simple-json/unknown-404"},
    ),
    "a redirect to wherever the path says": (
        answers(r"/simple//.*", becomes(301, location="//other.example/"), status=[404]),
        {"simple-html/no-name"},
    ),
    "a name with NUL breaks it": (
        answers(r"/simple/.*\x00.*", becomes(500), status=[404]),
        {"simple-html/no-name"},
    ),
    "no HEAD for HTML": (
        answers(PAGE, when(is_head, becomes(405)), kind="html"),
        {"simple-html/head"},
    ),
    "a body after HEAD": (
        answers(PAGE, when(is_head, header("leak", "1")), kind="html"),
        {"simple-html/head"},
    ),
    "no ETag in HTML": (
        answers(PAGE, header("etag", None), kind="html"),
        {"simple-html/conditional", "simple-json/etag-of-the-form"},
    ),
    "never 304 in HTML": (
        answers(PAGE, becomes(200, b"x"), kind="html", status=[304]),
        {"simple-html/conditional"},
    ),
    "another text than the file name": (
        html(PAGE, r"whl</a>", "whl (new)</a>"),
        {"simple-html/file-names", "simple-html/core-metadata", "simple-json/agreement"},
    ),
    "no digests in HTML": (html(PAGE, r"#sha256=\w+", ""), {"simple-html/digests"}),
    "other Requires-Python in HTML": (
        html(PAGE, "&gt;=3.9", "&gt;=3.8"),
        {"simple-html/requires-python", "simple-json/agreement"},
    ),
    "no Requires-Python in HTML": (
        html(PAGE, r'data-requires-python="[^"]*"', ""),
        {"simple-html/requires-python", "simple-html/requires-python-escaped", "simple-json/agreement"},
    ),
    "bare Requires-Python": (
        html(PAGE, r"&[lg]t;", ">"),
        {
            "simple-html/requires-python",
            "simple-html/requires-python-escaped",
            "simple-json/agreement",
        },
    ),
    "no core metadata in HTML": (
        html(PAGE, r'data-(core|dist-info)-metadata="[^"]*"', ""),
        {
            "simple-html/core-metadata",
            "simple-html/core-metadata-form",
            "simple-html/core-metadata-alias",
            "simple-json/agreement",
        },
    ),
    "core metadata of another form": (
        html(PAGE, r'metadata="sha256=\w+"', 'metadata="yes=no"'),
        {"simple-html/core-metadata-form", "simple-json/agreement"},
    ),
    "the alias says something else": (
        html(PAGE, r'dist-info-metadata="[^"]*"', 'dist-info-metadata="true"'),
        {"simple-html/core-metadata-alias"},
    ),
    "a signature perhaps": (
        html(PAGE, 'data-gpg-sig="false"', 'data-gpg-sig="perhaps"'),
        {"simple-html/signature-form"},
    ),
    "an unheard-of status in HTML": (
        html(PAGE, 'content="active"', 'content="asleep"'),
        {"simple-html/project-status-form"},
    ),
    "links that are no XML": (
        html(PAGE, 'data-gpg-sig="false"', "data-gpg-sig=false"),
        {"simple-html/anchors-as-xml"},
    ),
    "pages for one origin": (
        answers(PAGE, header("access-control-allow-origin", None)),
        {"simple-html/cross-origin"},
    ),
    # ---------------------------------------------------------------- simple-json
    "plain JSON as type": (
        answers(ANY_PAGE, header("content-type", "application/json"), kind="json"),
        {
            "simple-json/content-type",
            "simple-json/quality",
            "simple-json/latest",
            "simple-json/format",
            "simple-json/slash-redirect",
        },
    ),
    "JSON with a charset": (
        answers(
            PAGE, header("content-type", "application/vnd.pypi.simple.v1+json; charset=utf-8"), kind="json"
        ),
        {"simple-json/bare-content-type"},
    ),
    "the quality does not count": (
        answers(
            PAGE,
            when(
                lambda request: "q=0.1, text/html" in request.headers.get("accept", ""),
                header("content-type", "application/vnd.pypi.simple.v1+json"),
            ),
        ),
        {"simple-json/quality"},
    ),
    "quality zero does not count": (
        answers(
            PAGE,
            when(
                lambda request: "json;q=0," in request.headers.get("accept", ""),
                header("content-type", "application/vnd.pypi.simple.v1+json"),
            ),
        ),
        {"simple-json/quality-zero"},
    ),
    "JSON for everybody": (
        answers(
            PAGE,
            when(
                lambda request: request.headers.get("accept", "*/*") == "*/*",
                header("content-type", "application/vnd.pypi.simple.v1+json"),
            ),
        ),
        {"simple-json/default"},
    ),
    "version 999 breaks it": (
        answers(PAGE, when(is_new, becomes(500)), status=[406]),
        {"simple-json/not-acceptable"},
    ),
    "version 999 is text": (
        answers(PAGE, when(is_new, becomes(200)), status=[406]),
        {"simple-json/not-acceptable"},
    ),
    "no latest": (
        answers(PAGE, when(lambda request: "latest" in request.headers.get("accept", ""), becomes(406))),
        {"simple-json/latest"},
    ),
    "no format": (
        answers(PAGE, when(lambda request: request.url.query, header("content-type", "text/html"))),
        {"simple-json/format"},
    ),
    "a malformed Accept breaks it": (
        answers(PAGE, when(lambda request: request.headers.get("accept") == ";;,", becomes(500))),
        {"simple-json/malformed-accept"},
    ),
    "no Vary": (answers(PAGE, header("vary", "Accept-Encoding"), kind="json"), {"simple-json/vary"}),
    "no ETag in JSON": (answers(PAGE, header("etag", None), kind="json"), {"simple-json/conditional"}),
    "one ETag for both": (
        answers(
            PAGE,
            when(
                lambda request: (
                    "if-none-match" in request.headers and '"another"' not in request.headers["if-none-match"]
                ),
                becomes(304, b""),
            ),
        ),
        {"simple-json/etag-of-the-form"},
    ),
    "no HEAD for JSON": (answers(PAGE, when(is_head, becomes(405)), kind="json"), {"simple-json/head"}),
    "a number as version": (
        json_page(lambda page: page["meta"].update({"api-version": 1.4}), LIST),
        {"simple-json/api-version"},
    ),
    "version 2": (
        json_page(lambda page: page["meta"].update({"api-version": "2.0"}), LIST),
        {"simple-json/api-version"},
    ),
    "the keys of 1.4 in 1.0": (
        json_page(lambda page: page["meta"].update({"api-version": "1.0"})),
        {
            "simple-json/version-keys",
            # They speak of versions that the page then does not claim.
            "simple-json/versions",
            "simple-json/versions-complete",
            "simple-json/size",
        },
    ),
    "the keys of 1.5 in 1.4": (json_page(put("namespaces", {})), {"simple-json/version-keys"}),
    "a list of names": (
        json_page(put("projects", ["small-sample"]), LIST),
        {"simple-json/list", "simple-json/list-contains", "simple-json/serials"},
    ),
    "another project in the JSON list": (
        json_page(put("projects", [{"name": "other", "_last-serial": 1}]), LIST),
        {"simple-json/list-contains"},
    ),
    "the name as it is shown": (json_page(put("name", "Small.Sample")), {"simple-json/name"}),
    "a file without URL": (
        json_file(url=None),
        # Nothing of that file can be checked any more.
        {
            "simple-json/files",
            "simple-json/agreement",
            "files/digest",
            "files/size",
            "files/not-encoded",
            "files/content-length",
            "files/content-type",
            "files/head",
            "files/ranges",
            "files/range-suffix",
            "files/range-unsatisfiable",
            "files/if-range",
            "files/range-bounded",
            "files/conditional",
            "files/immutable",
            "files/metadata",
            "files/metadata-digest",
            "files/metadata-bytes",
        },
    ),
    "digests in capitals": (
        json_page(lambda page: page["files"][0]["hashes"].update({"md5": "ABCDEF"})),
        {"simple-json/hashes", "files/digest"},
    ),
    "no digests": (json_file(hashes={}), {"simple-json/sha256", "simple-json/agreement"}),
    "Requires-Python as a list": (
        json_file(requires_python=[">=3.9"]),
        {"simple-json/requires-python", "simple-json/agreement"},
    ),
    "an empty reason of a yank": (json_file(yanked=""), {"simple-json/yanked"}),
    "a yank in JSON alone": (json_file(yanked="broken"), {"simple-json/agreement"}),
    "core metadata as a word": (json_file(core_metadata="yes"), {"simple-json/core-metadata"}),
    "core metadata in HTML alone": (
        json_file(core_metadata=...),
        # Nor is there anything then to compare with what the wheel has.
        {"simple-json/agreement", "files/metadata-bytes"},
    ),
    "the old key": (json_file(dist_info_metadata=True), {"simple-json/no-dist-info-metadata"}),
    "no versions": (
        json_page(without("versions")),
        {"simple-json/versions", "simple-json/versions-complete"},
    ),
    "a version twice": (json_page(put("versions", ["1.0", "1.0"])), {"simple-json/versions"}),
    "a version missing": (json_page(put("versions", ["2.0"])), {"simple-json/versions-complete"}),
    "a size as text": (json_file(size="123"), {"simple-json/size"}),
    "a time with an offset": (
        json_file(upload_time="2026-01-31T12:00:00+00:00"),
        {"simple-json/upload-time"},
    ),
    "no time": (json_file(upload_time=...), {"simple-json/upload-time-always"}),
    "a relative provenance": (json_file(provenance="/provenance"), {"simple-json/provenance"}),
    "a status as text": (json_page(put("project-status", "active")), {"simple-json/project-status"}),
    "a file in JSON alone": (
        json_page(lambda page: page["files"].append({**page["files"][0], "filename": "other-1.0.tar.gz"})),
        {"simple-json/agreement"},
    ),
    "no serials": (answers(PAGE, header("x-pypi-last-serial", None), kind="json"), {"simple-json/serials"}),
    # ---------------------------------------------------------------- files
    "other bytes": (
        answers(WHEEL, lambda _request, reply: setattr(reply, "body", reply.body[:-1] + b"X"), status=[200]),
        {"files/digest", "files/range-suffix"},
    ),
    "a wrong size": (json_file(size=12), {"files/size"}),
    "encoded files": (answers(FILE, header("content-encoding", "other")), {"files/not-encoded"}),
    "no length": (answers(WHEEL, header("content-length", "unknown")), {"files/content-length"}),
    "files as pages": (answers(WHEEL, header("content-type", "text/html")), {"files/content-type"}),
    "no HEAD for files": (answers(WHEEL, when(is_head, becomes(405))), {"files/head"}),
    "HEAD without an ETag": (answers(WHEEL, when(is_head, header("etag", None))), {"files/head"}),
    "no ranges": (
        answers(WHEEL, lambda _request, reply: setattr(reply, "status", 200), status=[206, 416]),
        {"files/ranges", "files/range-suffix", "files/range-unsatisfiable", "files/if-range"},
    ),
    "the wrong part": (
        answers(WHEEL, header("content-range", "bytes 0-9/10"), status=[206]),
        {"files/ranges"},
    ),
    "no suffixes": (
        answers(
            WHEEL, when(lambda request: "=-" in request.headers["range"], becomes(416, b"")), status=[206]
        ),
        {"files/range-suffix"},
    ),
    "nothing behind the end": (
        answers(WHEEL, becomes(206, b""), status=[416]),
        {"files/range-unsatisfiable"},
    ),
    "If-Range does not count": (
        answers(WHEEL, when(lambda request: "if-range" in request.headers, becomes(206, b"0123456789"))),
        {"files/if-range"},
    ),
    "a thousand ranges break it": (
        answers(WHEEL, when(lambda request: "," in request.headers.get("range", ""), becomes(500))),
        {"files/range-bounded"},
    ),
    "files without an ETag": (answers(WHEEL, header("etag", None)), {"files/conditional"}),
    "files for a day": (answers(WHEEL, header("cache-control", "max-age=86400")), {"files/immutable"}),
    "unknown files are pages": (
        answers(r".*/no_such_file.*", becomes(200), status=[404]),
        {"files/unknown-404"},
    ),
    "no metadata": (
        answers(METADATA, becomes(404)),
        {"files/metadata", "files/metadata-digest", "files/metadata-bytes"},
    ),
    "other metadata": (
        answers(METADATA, lambda _request, reply: setattr(reply, "body", reply.body + b"\n")),
        {"files/metadata-digest", "files/metadata-bytes"},
    ),
}


def test_no_claim_fails_on_a_sound_index(kit: type[Kit]) -> None:
    outcomes = kit.examined(kit.small_index())

    assert {name: each for name, each in outcomes.items() if each is not Outcome.HOLDS} == {}


def test_files_may_be_on_another_host(kit: type[Kit]) -> None:
    index_that_works: Callable[[httpx.Request], httpx.Response] = kit.small_index()

    def redirecting(request: httpx.Request) -> httpx.Response:
        if request.url.host == "127.0.0.1" and request.url.path.startswith("/packages/"):
            return httpx.Response(302, headers={"location": f"https://files.example{request.url.path}"})
        return index_that_works(request)

    outcomes = kit.examined(redirecting)

    assert {name: each for name, each in outcomes.items() if each is not Outcome.HOLDS} == {}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_found_by_the_claims_that_speak_of_it(kit: type[Kit], defect: str) -> None:
    change, wanted = DEFECTS[defect]

    outcomes = kit.examined(kit.small_index(change))

    assert {name for name, each in outcomes.items() if each is not Outcome.HOLDS} == wanted


@pytest.mark.parametrize("level", [Level.SIMPLE_HTML, Level.SIMPLE_JSON, Level.FILES])
def test_each_claim_is_broken_by_a_defect(level: Level) -> None:
    (module,) = modules_of([level])
    broken = set[str]().union(*(claims for _change, claims in DEFECTS.values()))

    assert [each.identifier for each in module.claim.checks if each.identifier not in broken] == []
