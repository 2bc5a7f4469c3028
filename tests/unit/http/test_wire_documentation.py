"""Documentation over HTTP: how it is served, and how a ZIP of it arrives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from damage.damaged_zips import DAMAGES
from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_contracts.documentation import HARMLESS, build_documentation
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Actor
from pypi_core.domain.entities import ProjectStatus, Status
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.upload_sessions import DOCUMENTATION_ZIP, DeclaredFile, UploadSessionId
from pypi_core.domain.versions import parse_version
from pypi_xmlrpc_api import XmlRpcEndpoint

if TYPE_CHECKING:
    from tests.unit.http.conftest import Answer, Wire

SAMPLE = NormalizedName("sample")
PAGES: dict[str, bytes | str] = {
    "guide/index.html": "Guide",
    "guide/first page.html": "First",
    "style.css": "p {}",
    "script.js": "1",
    "search.json": "{}",
    "logo.SVG": "<svg/>",
    "font.woff2": "f",
    "evil.php": "<?php ?>",
    "README": "read",
    "large.bin": bytes(range(256)) * 1024,
    ".hidden/page.html": "hidden",
}
ARCHIVE = build_documentation(PAGES, index="Hello")


@pytest.fixture
def wire(wired: Callable[..., Wire]) -> Wire:
    """Return a wire to all addresses of old tools."""
    return wired(xml_rpc=XmlRpcEndpoint())


@pytest.fixture
def alice(memory: InMemorySite) -> Actor:
    alice = memory.actor("alice")
    memory.publish(alice, build_wheel("sample", "1.0"))
    return alice


@pytest.fixture
def documented(wire: Wire, memory: InMemorySite, alice: Actor) -> Wire:
    """Return a wire to an index with documentation of sample 1.0."""
    memory.document(alice, "sample", "1.0", ARCHIVE)
    memory.work()
    return wire


class TestServing:
    @pytest.mark.parametrize("version", ["1.0", "latest"])
    @pytest.mark.parametrize("path", ["", "guide/", "style.css"])
    def test_a_page_names_the_page_of_its_project(self, documented: Wire, version: str, path: str) -> None:
        for _hot in range(2):
            answer = documented.get(f"/docs/sample/{version}/{path}")

            assert answer.headers["link"] == '</project/sample/1.0/>; rel="up"'

    @pytest.mark.parametrize("version", ["1.0", "latest", "stable"])
    def test_a_page_is_sent(self, documented: Wire, version: str) -> None:
        answer = documented.get(f"/docs/sample/{version}/")

        assert (answer.status, answer.text) == (200, "<!DOCTYPE html><p>Hello</p>")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert documented.get(f"/docs/sample/{version}/index.html").body == answer.body

    def test_a_hostile_page_is_isolated_from_the_rest_of_the_site(self, documented: Wire) -> None:
        for path in ("", "evil.php", "script.js", "logo.SVG"):
            headers = documented.get(f"/docs/sample/1.0/{path}").headers
            policy = headers["content-security-policy"].split()
            assert policy[0] == "sandbox"
            assert "allow-scripts" in policy
            assert "allow-same-origin" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert "set-cookie" not in headers
            # To such a page its own fonts and search indexes are those of another origin.
            assert headers["access-control-allow-origin"] == "*"

    @pytest.mark.parametrize(
        ("path", "content_type"),
        [
            ("style.css", "text/css; charset=utf-8"),
            ("script.js", "text/javascript; charset=utf-8"),
            ("search.json", "application/json"),
            ("logo.SVG", "image/svg+xml"),
            ("font.woff2", "font/woff2"),
            ("evil.php", "application/octet-stream"),
            ("README", "application/octet-stream"),
        ],
    )
    def test_the_media_type_follows_the_file_name(
        self, documented: Wire, path: str, content_type: str
    ) -> None:
        assert documented.get(f"/docs/sample/1.0/{path}").headers["content-type"] == content_type

    @pytest.mark.parametrize(
        ("asked", "status", "location"),
        [
            ("/docs/sample", 302, "/docs/sample/stable/"),
            ("/docs/sample/", 302, "/docs/sample/stable/"),
            ("/docs/sample/1.0", 301, "/docs/sample/1.0/"),
            ("/docs/sample/latest?a=b", 301, "/docs/sample/latest/?a=b"),
            ("/docs/Sample/1.0/guide/?a=b", 301, "/docs/sample/1.0/guide/?a=b"),
            (
                "/docs/SAMPLE/latest/guide/first%20page.html",
                301,
                "/docs/sample/latest/guide/first%20page.html",
            ),
            ("/docs/sample/1/guide/", 301, "/docs/sample/1.0/guide/"),
            ("/docs/sample/1.0/guide", 302, "/docs/sample/1.0/guide/"),
            ("/docs/sample/v1.0/guide", 302, "/docs/sample/1.0/guide/"),
            ("/docs/sample/1.zip", 301, "/docs/sample/1.0.zip"),
            ("/docs/Sample/1.0.zip", 301, "/docs/sample/1.0.zip"),
        ],
    )
    def test_other_spellings_are_sent_to_the_address(
        self, documented: Wire, asked: str, status: int, location: str
    ) -> None:
        answer = documented.get(asked)

        assert (answer.status, answer.headers["location"]) == (status, location)

    @pytest.mark.parametrize(
        "path",
        [
            "/docs/nowhere/1.0/",
            "/docs/nowhere/",
            "/docs/-/1.0/",
            "/docs/sample/2.0/",
            "/docs/sample/main/",
            "/docs/sample/1.0/nowhere.html",
            "/docs/sample/1.0/guide/nowhere/",
            "/docs/sample/1.0/.hidden/page.html",
            "/docs/sample/1.0/guide/../index.html",
            "/docs/sample/1.0/guide/%2e%2e/index.html",
            "/docs/sample/1.0/guide/..%2findex.html",
            "/docs/sample/1.0//index.html",
            "/docs/sample/1.0/%00",
            "/docs/sample/1.0/%ff",
            "/docs/sample/1.0/index.html/",
            "/docs/sample/2.0.zip",
            "/docs",
        ],
    )
    def test_other_addresses_are_404(self, documented: Wire, path: str) -> None:
        assert documented.get(path).status == 404

    def test_no_folder_is_listed(self, documented: Wire, memory: InMemorySite, alice: Actor) -> None:
        memory.document(alice, "sample", "1.0", build_documentation({"bare/page.html": "x"}))
        memory.work()

        assert documented.get("/docs/sample/1.0/bare/").status == 404
        assert documented.get("/docs/sample/1.0/bare/page.html").status == 200

    def test_an_unchanged_page_is_not_sent_again(
        self, documented: Wire, memory: InMemorySite, alice: Actor
    ) -> None:
        first = documented.get("/docs/sample/latest/")
        known = {"if-none-match": first.headers["etag"]}

        assert first.headers["cache-control"] == "max-age=0, must-revalidate"
        for _time in range(2):
            again = documented.get("/docs/sample/latest/", known)
            assert (again.status, again.body) == (304, b"")
        memory.document(alice, "sample", "1.0", build_documentation(index="New"))
        memory.work()
        assert documented.get("/docs/sample/latest/", known).status == 200

    def test_a_range_is_sent(self, documented: Wire) -> None:
        answer = documented.get("/docs/sample/1.0/large.bin", {"range": "bytes=255-257"})

        assert (answer.status, answer.body) == (206, b"\xff\x00\x01")
        assert answer.headers["content-range"] == f"bytes 255-257/{256 * 1024}"
        assert documented.get("/docs/sample/1.0/large.bin").body == PAGES["large.bin"]

    def test_head_has_no_body(self, documented: Wire) -> None:
        answer = documented.request("HEAD", "/docs/sample/1.0/large.bin")

        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["content-length"] == str(256 * 1024)

    def test_the_zip_is_sent_to_the_byte(self, documented: Wire) -> None:
        answer = documented.get("/docs/sample/1.0.zip")
        known = {"if-none-match": answer.headers["etag"]}

        assert (answer.status, answer.body) == (200, ARCHIVE)
        assert answer.headers["content-type"] == "application/zip"
        assert answer.headers["content-disposition"] == 'attachment; filename="sample-1.0-docs.zip"'
        assert documented.get("/docs/sample/stable.zip").headers == answer.headers
        assert documented.get("/docs/sample/1.0.zip", known).status == 304

    def test_a_new_page_is_shown_at_once(self, documented: Wire, memory: InMemorySite, alice: Actor) -> None:
        shown = []
        for word in ("One", "Two"):
            memory.document(alice, "sample", "1.0", build_documentation(index=word))
            shown.append(documented.get("/docs/sample/1.0/").text)
            memory.work()
            shown.append(documented.get("/docs/sample/1.0/").text)

        assert [each.removeprefix("<!DOCTYPE html>") for each in shown] == [
            "<p>Hello</p>",
            "<p>One</p>",
            "<p>One</p>",
            "<p>Two</p>",
        ]

    def test_a_version_with_an_epoch_has_an_address(
        self, documented: Wire, memory: InMemorySite, alice: Actor
    ) -> None:
        memory.publish(alice, build_wheel("sample", "1!2.0"))
        memory.document(alice, "sample", "1!2.0", build_documentation(index="Epoch"))
        memory.work()

        assert documented.get("/docs/sample/1%212/").headers["location"] == "/docs/sample/1%212.0/"
        assert "Epoch" in documented.get("/docs/sample/1%212.0/").text
        assert "Epoch" in documented.get("/docs/sample/latest/").text

    def test_an_index_of_its_own_has_its_own(self, documented: Wire, memory: InMemorySite) -> None:
        test = memory.site.index(TEST_INDEX)
        memory.publish(OPERATOR, build_wheel("sample", "1.0"), test)
        assert documented.get("/i/test/docs/sample/1.0/").status == 404
        memory.document(OPERATOR, "sample", "1.0", build_documentation(index="Test"), test)
        memory.work()

        assert "Test" in documented.get("/i/test/docs/sample/1.0/").text
        assert documented.get("/i/test/docs/sample/1/").headers["location"] == "/i/test/docs/sample/1.0/"

    def test_a_private_index_asks_for_credentials(self, documented: Wire) -> None:
        kept = documented.get("/docs/sample/1.0/")
        documented.make_private()
        known = documented.basic("__token__", documented.token)
        paths = ["/docs/sample", "/docs/sample/1.0", "/docs/nowhere/1.0/", "/docs/sample/1.0.zip"]

        for path in [*paths, "/docs/sample/1.0/", "/docs/Sample/1.0/", "/docs/sample/1.0/guide"]:
            assert documented.get(path).status == 401, path
        answer = documented.get("/docs/sample/1.0/", known)
        assert (answer.status, answer.body) == (200, kept.body)
        assert answer.headers["cache-control"].startswith("private")
        assert "access-control-allow-origin" not in answer.headers
        # What somebody who may read was shown is not kept for those who may not.
        assert documented.get("/docs/sample/1.0/").status == 401

    def test_a_project_under_quarantine_shows_none(self, documented: Wire, memory: InMemorySite) -> None:
        assert documented.get("/docs/sample/1.0/").status == 200
        memory.index.set_project_status(OPERATOR, SAMPLE, ProjectStatus(Status.QUARANTINED))

        for path in ("", "1.0/", "latest/", "1.0.zip"):
            assert documented.get(f"/docs/sample/{path}").status == 404

    def test_legacy_json_links_to_it(self, documented: Wire, memory: InMemorySite, alice: Actor) -> None:
        def docs_url(path: str) -> object:
            return documented.get(f"/pypi/sample/{path}json").json["info"]["docs_url"]

        assert docs_url("") == docs_url("1.0/") == "http://index.example/docs/sample/1.0/"
        memory.publish(alice, build_wheel("sample", "2.0"))
        assert docs_url("") == "http://index.example/docs/sample/latest/"
        memory.index.delete_documentation(alice, SAMPLE, parse_version("1.0"))
        assert docs_url("1.0/") is None


class TestPieces:
    @pytest.fixture
    def begun(self, wire: Wire, memory: InMemorySite, alice: Actor) -> str:
        """Return where a ZIP is to be sent."""
        archive = DeclaredFile(
            filename=DOCUMENTATION_ZIP, size=len(ARCHIVE), sha256=hashlib.sha256(ARCHIVE).hexdigest()
        )
        begin = memory.index.begin_upload.for_documentation
        session = begin(alice, SAMPLE, parse_version("1.0"), archive).session
        return f"/upload/{session.id}/{DOCUMENTATION_ZIP}"

    def put(
        self, wire: Wire, url: str, body: bytes, offset: str | None = None, *, leaves: bool = False
    ) -> Answer:
        headers = wire.basic("__token__", wire.token)
        if offset is not None:
            headers["upload-offset"] = offset
        return wire.request("PUT", url, headers, [body[:10], body[10:]], leaves=leaves)

    def ask(self, wire: Wire, url: str) -> Answer:
        return wire.request("HEAD", url, wire.basic("__token__", wire.token))

    def test_a_zip_arrives_in_pieces(self, wire: Wire, memory: InMemorySite, begun: str) -> None:
        assert self.ask(wire, begun).headers["upload-offset"] == "0"
        first = self.put(wire, begun, ARCHIVE[:1000])
        second = self.put(wire, begun, ARCHIVE[1000:], "1000")

        assert [each.status for each in (first, second)] == [204, 204]
        assert [each.headers["upload-offset"] for each in (first, second)] == ["1000", str(len(ARCHIVE))]
        memory.index.publish_release(OPERATOR, UploadSessionId(begun.split("/")[2]))
        memory.work()
        assert wire.get("/docs/sample/1.0.zip").body == ARCHIVE

    def test_what_arrived_before_the_client_left_is_kept(self, wire: Wire, begun: str) -> None:
        self.put(wire, begun, ARCHIVE[:1000], leaves=True)

        answer = self.ask(wire, begun)
        assert (answer.status, answer.headers["upload-offset"]) == (204, "1000")
        assert self.put(wire, begun, ARCHIVE[1000:], "1000").status == 204

    @pytest.mark.parametrize("offset", [None, "0", "999", "1001"])
    def test_another_offset_is_refused_with_the_right_one(
        self, wire: Wire, begun: str, offset: str | None
    ) -> None:
        self.put(wire, begun, ARCHIVE[:1000])

        answer = self.put(wire, begun, ARCHIVE[1000:], offset)

        assert (answer.status, answer.headers["upload-offset"]) == (409, "1000")
        assert "Upload-Offset: 1000" in answer.phrase
        assert answer.bodies_read == 0
        assert self.ask(wire, begun).headers["upload-offset"] == "1000"

    @pytest.mark.parametrize("offset", ["-1", "1.0", "", "x", "9" * 50, "²"])
    def test_an_offset_is_a_number(self, wire: Wire, begun: str, offset: str) -> None:
        self.put(wire, begun, ARCHIVE[:1000])
        assert self.put(wire, begun, b"", offset).status == (409 if not offset else 400)

    def test_more_than_was_announced_is_refused(self, wire: Wire, begun: str) -> None:
        headers = wire.basic("__token__", wire.token)
        told = wire.request("PUT", begun, {**headers, "content-length": str(len(ARCHIVE) + 1)}, b"")
        untold = self.put(wire, begun, ARCHIVE + b"x")

        assert (told.status, told.bodies_read, untold.status) == (413, 0, 413)
        # What was announced is there, and may be published.
        assert int(self.ask(wire, begun).headers["upload-offset"]) == len(ARCHIVE)

    def test_strangers_are_refused(self, wire: Wire, memory: InMemorySite, begun: str) -> None:
        bob = wire.basic("__token__", memory.token("bob"))

        assert wire.request("PUT", begun, {}, b"x").status == 401
        assert wire.request("HEAD", begun).status == 401
        assert wire.request("PUT", begun, bob, b"x").status == 403
        assert wire.request("PUT", f"{begun}/no", bob, b"x").status == 404

    @pytest.mark.parametrize("identifier", ["0" * 32, "nonsense", "..", "a" * 300])
    def test_unknown_uploads_are_not_found(self, wire: Wire, alice: Actor, identifier: str) -> None:
        assert self.put(wire, f"/upload/{identifier}/{DOCUMENTATION_ZIP}", b"x").status == 404

    def test_another_index_answers_404(self, wire: Wire, begun: str) -> None:
        assert self.put(wire, f"/i/test{begun}", b"x").status == 404


class TestForms:
    Send = Callable[..., "Answer"]

    @pytest.fixture(params=["/legacy/", "/pypi", "/pypi/", "query"])
    def send(self, request: pytest.FixtureRequest, wire: Wire, alice: Actor) -> Send:
        """Return a function that sends a form by one of the ways of old clients."""
        in_query = request.param == "query"

        def send(archive: bytes | None = ARCHIVE, **fields: str) -> Answer:
            named = {"name": "sample", **fields}
            parts = [wire.file_part('filename="sample.zip"', archive)] if archive is not None else []
            if in_query:
                to = "/legacy/?:action=doc_upload"
                return wire.send_form(wire.multipart(named.items(), parts), to=to)
            action = {":action": "doc_upload"}
            return wire.send_form(wire.multipart((action | named).items(), parts), to=request.param)

        return send

    def test_documentation_is_taken(self, wire: Wire, memory: InMemorySite, send: Send) -> None:
        answer = send()
        memory.work()

        assert answer.status == 200
        assert answer.headers["location"] == "http://index.example/docs/sample/1.0/"
        assert answer.headers["location"] in answer.text
        assert wire.get("/docs/sample/1.0.zip").body == ARCHIVE
        assert send().status == 200

    def test_a_version_is_taken_in_any_spelling(
        self, wire: Wire, memory: InMemorySite, alice: Actor, send: Send
    ) -> None:
        memory.publish(alice, build_wheel("sample", "2.0"))

        send(version="v1.0.0", name="Sample")
        memory.work()

        assert wire.get("/docs/sample/1.0/").status == 200
        assert wire.get("/docs/sample/2.0/").status == 404

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"name": ""}, "no 'name'"),
            ({"name": "-x"}, "'-x'"),
            ({"name": "other"}, "no project 'other'"),
            ({"version": "2.0"}, "no version '2.0'"),
            ({"version": "main"}, "'main' is an invalid value"),
        ],
    )
    def test_fields_are_refused_with_a_sentence(
        self, send: Send, fields: dict[str, str], words: str, memory: InMemorySite
    ) -> None:
        answer = send(**fields)

        assert answer.status == 400
        assert words in answer.phrase
        assert_nothing_kept(memory)

    def test_a_form_without_a_file_is_refused(self, send: Send) -> None:
        answer = send(archive=None)

        assert (answer.status, answer.phrase) == (400, "The form has no file: send a ZIP as 'content'.")

    @pytest.mark.parametrize(
        ("archive", "words"),
        [
            (b"no ZIP", "not one, or"),
            (build_documentation({"docs/index.html": "x", "../x": "x"}), "'../x'"),
        ],
    )
    def test_a_bad_zip_is_refused_whole(
        self, send: Send, memory: InMemorySite, archive: bytes, words: str
    ) -> None:
        answer = send(archive=archive)

        assert answer.status == 400
        assert words in answer.phrase
        assert_nothing_kept(memory)

    def test_a_large_zip_is_staged_while_it_arrives(
        self, wire: Wire, memory: InMemorySite, send: Send
    ) -> None:
        archive = build_documentation({"large.bin": bytes(range(256)) * 20_000})

        assert send(archive=archive).status == 200
        memory.work()
        assert wire.get("/docs/sample/stable.zip").body == archive


@pytest.mark.parametrize("damage", sorted(DAMAGES.keys() - HARMLESS))
def test_a_damaged_zip_is_refused_whole(wire: Wire, memory: InMemorySite, alice: Actor, damage: str) -> None:
    archive = DAMAGES[damage](ARCHIVE)
    fields = [(":action", "doc_upload"), ("name", "sample"), ("version", "1.0")]

    answer = wire.send_form(wire.multipart(fields, [wire.file_part('filename="sample.zip"', archive)]))

    assert answer.status == 400
    assert answer.phrase.startswith("Invalid documentation. ")
    assert_nothing_kept(memory)


@pytest.mark.parametrize("path", ["/legacy/", "/pypi", "/pypi/"])
def test_another_account_may_not_send_documentation(
    wire: Wire, memory: InMemorySite, alice: Actor, path: str
) -> None:
    fields = [(":action", "doc_upload"), ("name", "sample")]
    form = wire.multipart(fields, [wire.file_part('filename="sample.zip"', ARCHIVE)])
    content_type = {"content-type": "multipart/form-data; boundary=a-boundary"}
    bob = wire.basic("__token__", memory.token("bob"))

    assert wire.request("POST", path, content_type, form).status == 401
    assert wire.request("POST", path, content_type | bob, form).status == 403
    assert_nothing_kept(memory)


def test_a_large_zip_of_a_stranger_is_refused_before_it_is_staged(
    wire: Wire, memory: InMemorySite, alice: Actor
) -> None:
    fields = [(":action", "doc_upload"), ("name", "sample")]
    form = wire.multipart(fields, [wire.file_part('filename="sample.zip"', bytes(3 << 20))])
    pieces = [form[start : start + 65536] for start in range(0, len(form), 65536)]
    content_type = {"content-type": "multipart/form-data; boundary=a-boundary"}

    answer = wire.request(
        "POST", "/legacy/", content_type | wire.basic("__token__", memory.token("bob")), pieces
    )

    assert answer.status == 403
    assert answer.bodies_read < len(pieces)


@pytest.mark.parametrize("path", ["/legacy/", "/pypi"])
def test_fields_may_follow_the_zip(wire: Wire, memory: InMemorySite, alice: Actor, path: str) -> None:
    archive = build_documentation({"large.bin": bytes(range(256)) * 10_000})
    parts = wire.file_part('filename="sample.zip"', archive)
    form = parts + wire.multipart([("name", "sample"), (":action", "doc_upload")])
    pieces = [form[start : start + 65536] for start in range(0, len(form), 65536)]

    answer = wire.send_form(pieces, to=path)
    memory.work()

    assert answer.status == 200
    assert wire.get("/docs/sample/latest.zip").body == archive


def test_a_zip_declared_too_large_is_refused_before_it_is_staged(
    wire: Wire, memory: InMemorySite, alice: Actor
) -> None:
    fields = [(":action", "doc_upload"), ("name", "sample")]
    form = wire.multipart(fields, [wire.file_part('filename="sample.zip"', bytes(3 << 20))])
    pieces = [form[start : start + 65536] for start in range(0, len(form), 65536)]

    answer = wire.send_form(pieces, headers={"content-length": str(200 << 20)})

    assert (answer.status, answer.phrase) == (400, "File too large. Limit for project 'sample' is 100 MiB.")
    assert answer.bodies_read < len(pieces)
    assert_nothing_kept(memory)


def assert_nothing_kept(memory: InMemorySite) -> None:
    assert not {each.key.kind for each in memory.blobs.all()} & {"documentation", "documentation-pages"}
    assert not memory.index.documentation.of_project(ANONYMOUS, SAMPLE).sets
    assert not memory.staging.sweep(memory.clock.now().replace(year=9000))
