"""The Simple API over HTTP: addresses, negotiation, conditions, what is private."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import httpx
import pytest
from msgspec.structs import replace

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import ProjectStatus, Status, Yank
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version

Ask = Callable[..., httpx.Response]

JSON = "application/vnd.pypi.simple.v1+json"
HTML_V1 = "application/vnd.pypi.simple.v1+html"
PAGE = "/simple/foo-bar/"
WHEEL = build_wheel("Foo.Bar", "1.0", requires_python=">=3.9")


@pytest.fixture(autouse=True)
def published(memory: InMemorySite) -> None:
    memory.publish(memory.actor("alice"), WHEEL)


class TestAddresses:
    @pytest.mark.parametrize(
        ("path", "location"),
        [
            ("/simple", "/simple/"),
            ("/simple?a=b", "/simple/?a=b"),
            ("/simple/foo-bar", PAGE),
            ("/simple/Foo__Bar", PAGE),
            ("/simple/Foo__Bar/?format=x%2By", f"{PAGE}?format=x%2By"),
            ("/i/test/simple", "/i/test/simple/"),
            ("/i/test/simple/Foo.Bar", "/i/test/simple/foo-bar/"),
        ],
    )
    def test_one_redirect_leads_to_the_page(self, ask: Ask, path: str, location: str) -> None:
        response = ask("GET", path)

        assert response.status_code == 301
        assert response.headers["location"] == location

    @pytest.mark.parametrize(
        "path",
        ["/simple/%2e%2e/", "/simple/foo%2Fbar/", "/simple/foo%00/", "/simple//evil.example/", "/simple/-x/",
         "/simple/unknown/", "/simple/f%C3%B6%C3%B6/", "/simple/foo-bar/1/", "/simple///"],
    )  # fmt: skip
    def test_an_invalid_name_is_not_found_and_not_redirected(self, ask: Ask, path: str) -> None:
        response = ask("GET", path)

        assert response.status_code == 404
        assert "location" not in response.headers
        assert len(response.content) < 300

    def test_an_unknown_project_has_the_headers_of_a_page(self, ask: Ask) -> None:
        response = ask("GET", "/simple/unknown/")

        assert response.headers["content-type"].startswith("text/plain")
        assert response.headers["access-control-allow-origin"] == "*"
        assert "Accept" in response.headers["vary"]

    @pytest.mark.parametrize("path", ["/simple/", PAGE, "/pypi/foo-bar/json"])
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    def test_read_only_addresses_refuse_other_methods(self, ask: Ask, method: str, path: str) -> None:
        response = ask(method, path)

        assert response.status_code == 405
        assert {"GET", "HEAD"} <= {each.strip() for each in response.headers["allow"].split(",")}

    @pytest.mark.parametrize(
        "path", ["/simple/", PAGE, "/simple/foo-bar", "/simple/unknown/", "/pypi/foo-bar/json"]
    )
    def test_head_answers_as_get_without_the_body(self, ask: Ask, path: str) -> None:
        for coding in ("identity", "gzip"):
            head = ask("HEAD", path, headers={"Accept-Encoding": coding})
            whole = ask("GET", path, headers={"Accept-Encoding": coding})

            assert head.content == b""
            assert head.status_code == whole.status_code
            del head.headers["x-request-id"], whole.headers["x-request-id"]
            assert head.headers == whole.headers

    def test_a_project_without_files_has_a_page(self, ask: Ask, memory: InMemorySite) -> None:
        memory.index.delete_file(memory.actor("alice"), NormalizedName("foo-bar"), WHEEL.filename)

        page = ask("GET", PAGE, headers={"Accept": JSON})

        assert page.status_code == 200
        assert page.json()["files"] == []

    def test_an_unknown_index_is_not_found(self, ask: Ask) -> None:
        assert ask("GET", "/i/nowhere/simple/").status_code == 404


class TestNegotiation:
    @pytest.mark.parametrize("path", ["/simple/", PAGE])
    @pytest.mark.parametrize(
        ("accept", "content_type"),
        [
            (None, "text/html; charset=utf-8"),
            ("*/*", "text/html; charset=utf-8"),
            (JSON, JSON),
            ("application/vnd.pypi.simple.latest+json", JSON),
            (HTML_V1, f"{HTML_V1}; charset=utf-8"),
            (f"{JSON}, {HTML_V1}; q=0.1, text/html; q=0.01", JSON),
            (f"{JSON};q=0, text/html", "text/html; charset=utf-8"),
            ("application/vnd.pypi.simple.v2+json, */*;q=0.1", "text/html; charset=utf-8"),
            (";;,", "text/html; charset=utf-8"),
        ],
    )
    def test_the_form_asked_for_is_sent(
        self, ask: Ask, path: str, accept: str | None, content_type: str
    ) -> None:
        response = ask("GET", path, headers={"Accept": accept} if accept else {})

        assert response.headers["content-type"] == content_type
        assert response.headers["vary"] == "Accept, Accept-Encoding"

    @pytest.mark.parametrize("path", ["/simple/", PAGE])
    def test_an_unacceptable_request_lists_the_available_representations(self, ask: Ask, path: str) -> None:
        response = ask("GET", path, headers={"Accept": "application/vnd.pypi.simple.v2+json"})

        assert response.status_code == 406
        for each in (JSON, HTML_V1, "text/html"):
            assert each in response.text

    @pytest.mark.parametrize("parameter", [JSON, JSON.replace("+", "%2B"), JSON.replace("+", " ")])
    def test_the_format_parameter_wins(self, ask: Ask, parameter: str) -> None:
        response = ask("GET", f"{PAGE}?format={parameter}", headers={"Accept": "text/html"})

        assert response.headers["content-type"] == JSON

    def test_gzip_is_sent_to_clients_that_accept_it(self, ask: Ask) -> None:
        for path in ("/simple/", PAGE):
            packed = ask("GET", path, headers={"Accept-Encoding": "gzip"})
            plain = ask("GET", path, headers={"Accept-Encoding": "identity"})

            assert packed.headers["content-encoding"] == "gzip"
            # httpx has unpacked it.
            assert packed.content == plain.content
            assert packed.headers["etag"] != plain.headers["etag"]
            assert int(packed.headers["content-length"]) != 0
            assert gzip.decompress(gzip.compress(plain.content)) == plain.content


class TestConditions:
    def test_a_matching_etag_is_304_with_the_headers_of_the_page(self, ask: Ask) -> None:
        for path in ("/simple/", PAGE, "/pypi/foo-bar/json"):
            whole = ask("GET", path, headers={"Accept": JSON})
            same = ask(
                "GET", path, headers={"Accept": JSON, "If-None-Match": f'"x", W/{whole.headers["etag"]}'}
            )

            assert same.status_code == 304
            assert same.content == b""
            for name in ("etag", "vary", "cache-control", "x-pypi-last-serial"):
                assert same.headers[name] == whole.headers[name], name

    def test_representations_have_different_etags(self, ask: Ask) -> None:
        tags = {
            ask("GET", path, headers={"Accept": accept, "Accept-Encoding": coding}).headers["etag"]
            for path in ("/simple/", PAGE)
            for accept in (JSON, HTML_V1, "text/html")
            for coding in ("identity", "gzip")
        }
        html = ask("GET", PAGE, headers={"Accept": "text/html"}).headers["etag"]

        assert len(tags) == 12
        assert ask("GET", PAGE, headers={"Accept": JSON, "If-None-Match": html}).status_code == 200

    def test_pages_are_asked_for_each_time(self, ask: Ask) -> None:
        for path in ("/simple/", PAGE, "/pypi/foo-bar/json"):
            assert ask("GET", path).headers["cache-control"] == "max-age=0, must-revalidate"

    def test_serials_tell_how_new_a_page_is(self, ask: Ask, memory: InMemorySite) -> None:
        memory.publish(memory.actor("alice"), build_wheel("other", "1.0"))

        assert ask("GET", "/simple/").headers["x-pypi-last-serial"] == "8"
        assert ask("GET", PAGE).headers["x-pypi-last-serial"] == "4"
        listed = ask("GET", "/simple/", headers={"Accept": JSON}).json()
        assert listed["meta"] == {"api-version": "1.4", "_last-serial": 8}
        assert listed["projects"] == [
            {"name": "Foo.Bar", "_last-serial": 4},
            {"name": "other", "_last-serial": 8},
        ]


class TestReadyReplies:
    """What was answered before is answered again only while nothing changed."""

    @pytest.mark.parametrize("path", ["/simple/", PAGE, "/pypi/foo-bar/json"])
    def test_the_next_request_sees_what_was_published(
        self, ask: Ask, memory: InMemorySite, path: str
    ) -> None:
        for number in range(1, 5):
            before = ask("GET", path, headers={"Accept": JSON})
            assert ask("GET", path, headers={"Accept": JSON}).content == before.content
            memory.publish(memory.actor("alice"), build_wheel("Foo.Bar", f"1.{number}"))

            after = ask("GET", path, headers={"Accept": JSON})

            assert after.headers["etag"] != before.headers["etag"]
            assert int(after.headers["x-pypi-last-serial"]) > int(before.headers["x-pypi-last-serial"])

    def test_a_yank_is_seen_at_once(self, ask: Ask, memory: InMemorySite) -> None:
        ask("GET", PAGE, headers={"Accept": JSON})
        memory.index.yank_release(OPERATOR, NormalizedName("foo-bar"), parse_version("1.0"), Yank("broken"))

        [file] = ask("GET", PAGE, headers={"Accept": JSON}).json()["files"]

        assert file["yanked"] == "broken"

    def test_an_index_that_becomes_private_is_private_at_once(self, ask: Ask, memory: InMemorySite) -> None:
        assert ask("GET", PAGE).status_code == 200
        memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

        assert ask("GET", PAGE).status_code == 401

    def test_one_index_is_not_taken_for_another(self, ask: Ask, memory: InMemorySite) -> None:
        assert ask("GET", PAGE).status_code == 200
        assert ask("GET", f"/i/test{PAGE}").status_code == 404
        memory.publish(memory.actor("alice"), build_sdist("Foo.Bar", "2.0"), memory.site.index(TEST_INDEX))

        assert "2.0" in ask("GET", f"/i/test{PAGE}").text
        assert "2.0" not in ask("GET", PAGE).text


class TestPrivateIndex:
    PATHS = (
        "/simple/", PAGE, "/simple/unknown/", "/pypi/foo-bar/json", "/project/foo-bar/",
        f"/packages/{WHEEL.blake2_256[:2]}/{WHEEL.blake2_256[2:4]}/{WHEEL.blake2_256[4:]}/{WHEEL.filename}",
        f"/packages/{WHEEL.blake2_256[:2]}/{WHEEL.blake2_256[2:4]}/{WHEEL.blake2_256[4:]}/{WHEEL.filename}.metadata",
    )  # fmt: skip

    @pytest.fixture(autouse=True)
    def private(self, memory: InMemorySite) -> None:
        memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

    @pytest.mark.parametrize("path", PATHS)
    def test_credentials_are_asked_for(self, ask: Ask, path: str) -> None:
        response = ask("GET", path)

        assert response.status_code == 401
        assert response.headers["www-authenticate"] == 'Basic realm="package index"'

    @pytest.mark.parametrize("path", PATHS[:2])
    def test_a_private_page_is_not_cacheable_by_others(
        self, ask: Ask, memory: InMemorySite, path: str
    ) -> None:
        authorization = {"Authorization": f"Bearer {memory.token('bob')}"}

        response = ask("GET", path, headers=authorization)

        assert response.status_code == 200
        assert response.headers["cache-control"] == "private, max-age=0, must-revalidate"
        assert "Authorization" in response.headers["vary"]
        assert "access-control-allow-origin" not in response.headers
        assert ask("GET", path).status_code == 401


class TestLegacyJson:
    def test_has_every_field_that_its_readers_look_for(self, ask: Ask, memory: InMemorySite) -> None:
        memory.publish(memory.actor("alice"), build_sdist("Foo.Bar", "0.9", summary="Old"))

        document = ask("GET", "/pypi/foo-bar/json").json()

        assert set(document) == {"info", "last_serial", "releases", "urls", "vulnerabilities", "ownership"}
        assert list(document["releases"]) == ["1.0", "0.9"]
        assert document["info"]["name"] == "Foo.Bar"
        assert document["info"]["version"] == "1.0"
        assert document["info"]["project_url"] == "http://index.example/project/foo-bar/"
        assert document["ownership"] == {"roles": [{"role": "Owner", "user": "alice"}], "organization": None}
        [file] = document["urls"]
        assert file["url"].startswith("http://index.example/packages/")
        assert file["digests"] == {
            "md5": WHEEL.md5, "sha256": WHEEL.sha256, "blake2b_256": WHEEL.blake2_256,
        }  # fmt: skip
        assert file["packagetype"] == "bdist_wheel"
        assert file["upload_time"] == "2026-03-01T12:00:00"
        assert file["upload_time_iso_8601"] == "2026-03-01T12:00:00.000000Z"
        assert file["requires_python"] == ">=3.9"

    def test_of_a_release_is_found_under_any_spelling_and_lists_no_others(self, ask: Ask) -> None:
        document = ask("GET", "/pypi/foo-bar/1.0.0/json").json()

        assert document["info"]["version"] == "1.0"
        assert "releases" not in document

    def test_of_another_index_names_files_below_the_root(self, ask: Ask, memory: InMemorySite) -> None:
        memory.publish(memory.actor("alice"), WHEEL, memory.site.index(TEST_INDEX))

        [file] = ask("GET", "/i/test/pypi/foo-bar/json").json()["urls"]

        assert file["url"].startswith("http://index.example/packages/")

    def test_believes_a_proxy_only_if_it_is_trusted(self, ask: Ask) -> None:
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "public.example"}

        trusted = ask("GET", "/pypi/foo-bar/json", headers=forwarded, client="10.1.2.3").json()
        other = ask("GET", "/pypi/foo-bar/json", headers=forwarded).json()

        assert trusted["urls"][0]["url"].startswith("https://public.example/packages/")
        assert other["urls"][0]["url"].startswith("http://index.example/packages/")

    @pytest.mark.parametrize(
        "path", ["/pypi/unknown/json", "/pypi/foo-bar/9.9/json", "/pypi/-x/json", "/pypi/foo-bar/x/json"]
    )
    def test_of_an_unknown_project_is_a_404_in_json(self, ask: Ask, path: str) -> None:
        response = ask("GET", path)

        assert response.status_code == 404
        assert "message" in response.json()

    def test_redirects_to_the_normalised_name(self, ask: Ask) -> None:
        response = ask("GET", "/pypi/Foo.Bar/1.0/json")

        assert response.status_code == 301
        assert response.headers["location"] == "/pypi/foo-bar/1.0/json"

    def test_of_a_quarantined_project_is_not_found_but_its_page_is(
        self, ask: Ask, memory: InMemorySite
    ) -> None:
        with memory.database.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
            project = uow.projects.get(NormalizedName("foo-bar"))
            uow.projects.update(replace(project, status=ProjectStatus(Status.QUARANTINED, "malware")))
            uow.commit()

        page = ask("GET", PAGE, headers={"Accept": JSON})

        assert ask("GET", "/pypi/foo-bar/json").status_code == 404
        assert page.status_code == 200
        assert page.json()["project-status"] == {"status": "quarantined", "reason": "malware"}
        assert page.json()["files"] == []


def test_a_hostile_yank_reason_is_escaped_in_html_and_whole_in_json(ask: Ask, memory: InMemorySite) -> None:
    reason = '"><script>alert(1)</script>'
    memory.index.yank_release(OPERATOR, NormalizedName("foo-bar"), parse_version("1.0"), Yank(reason))

    assert "<script" not in ask("GET", PAGE).text
    assert ask("GET", PAGE, headers={"Accept": JSON}).json()["files"][0]["yanked"] == reason


class TestRpcOverHttp:
    CALL = json.dumps({"jsonrpc": "2.0", "method": "project.get", "params": ["foo-bar"], "id": 1}).encode()

    def test_a_call_is_answered(self, ask: Ask) -> None:
        response = ask("POST", "/rpc", headers={"Content-Type": "application/json"}, content=self.CALL)

        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.json()["result"]["name"] == "foo-bar"

    def test_a_notification_has_an_empty_answer(self, ask: Ask) -> None:
        body = json.dumps({"jsonrpc": "2.0", "method": "project.get", "params": ["foo-bar"]}).encode()

        response = ask("POST", "/rpc", headers={"Content-Type": "application/json"}, content=body)

        assert response.status_code == 204
        assert response.content == b""

    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
    def test_a_body_that_a_form_could_send_is_refused(self, ask: Ask, content_type: str) -> None:
        assert (
            ask("POST", "/rpc", headers={"Content-Type": content_type}, content=self.CALL).status_code == 415
        )

    def test_a_body_has_a_limit(self, ask: Ask) -> None:
        response = ask("POST", "/rpc", headers={"Content-Type": "application/json"}, content=b" " * 1_100_000)

        assert response.status_code == 413

    def test_other_methods_are_refused(self, ask: Ask) -> None:
        assert ask("GET", "/rpc").status_code == 405


class TestHealth:
    def test_is_reported(self, ask: Ask) -> None:
        assert ask("GET", "/health/live").text == "alive"
        assert ask("GET", "/health/ready").text == "ready"
