"""The pages for people: what they show, and that nothing hostile gets through."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.entities import Yank
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.domain.metadata import CoreMetadata
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_http_api import build_application
from pypi_web import frontend, refusal_page

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite()


def read(memory: InMemorySite, path: str, **headers: str) -> httpx.Response:
    application = build_application(
        site=memory.site,
        change_signal=memory.database.change_signal,
        frontend=frontend(),
        refusal_page=refusal_page,
    )

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(get())


def test_the_front_page_explains_how_to_install_and_publish(memory: InMemorySite) -> None:
    page = read(memory, "/").text

    assert "pip install --index-url http://index.example/simple/" in page
    assert "twine upload --repository-url http://index.example/legacy/" in page
    assert 'href="/i/test/"' in page


def test_the_front_page_of_another_index_speaks_of_that_index(memory: InMemorySite) -> None:
    page = read(memory, "/i/test/").text

    assert "The index test" in page
    assert "http://index.example/i/test/simple/" in page
    assert 'href="/i/test/static/style.css?v=' in page


def test_a_project_page_shows_the_latest_release_and_all_its_files(memory: InMemorySite) -> None:
    alice = memory.actor("alice")
    wheel = build_wheel(name="Shown.Name", version="2.0", summary="What it does", requires_python=">=3.9")
    sdist = build_sdist(name="Shown.Name", version="2.0")
    for each in (build_wheel(name="Shown.Name", version="1.0"), wheel, sdist):
        memory.publish(alice, each)

    page = read(memory, "/project/shown-name/").text

    assert "Shown.Name" in page
    assert "What it does" in page
    assert "Python &gt;=3.9" in page
    # Whoever copies the line gets the next release, too.
    assert "/simple/ shown-name</pre>" in page
    assert "/simple/ shown-name==" not in page
    files, releases = (read(memory, f"/project/shown-name/{tab}/").text for tab in ("files", "releases"))
    for each in (wheel, sdist):
        digest = each.blake2_256
        assert f'href="/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{each.filename}"' in files
        assert each.sha256 in files
    assert 'href="/project/shown-name/1.0/"' in releases
    assert "alice" in page


def test_an_older_release_has_a_page_of_its_own_under_any_spelling(memory: InMemorySite) -> None:
    alice = memory.actor("alice")
    for version in ("1.0", "2.0"):
        memory.publish(alice, build_wheel(name="sample", version=version))

    page = read(memory, "/project/sample/1.0.0/files/").text

    assert "sample==1.0<" in page
    assert "sample-1.0-py3-none-any.whl" in page
    assert "sample-2.0-py3-none-any.whl" not in page


def test_a_project_page_links_to_documentation_where_there_is_some(memory: InMemorySite) -> None:
    alice, test = memory.actor("alice"), memory.site.index(TEST_INDEX)
    memory.publish(alice, build_wheel("sample", "1.0"), test)
    before = read(memory, "/i/test/project/sample/").text
    memory.document(alice, "sample", "1.0", build_documentation(), test)
    memory.work()

    assert "Documentation</a>" not in before
    assert (
        '<a href="/i/test/docs/sample/1.0/">Documentation</a>' in read(memory, "/i/test/project/sample/").text
    )


def test_a_name_spelt_otherwise_leads_to_the_one_page(memory: InMemorySite) -> None:
    memory.publish(memory.actor("alice"), build_wheel(name="sample-name", version="1.0"))

    response = read(memory, "/project/Sample.Name/")

    assert response.status_code == 301
    assert response.headers["location"] == "/project/sample-name/"


def test_a_yanked_release_says_so(memory: InMemorySite) -> None:
    alice = memory.actor("alice")
    memory.publish(alice, build_wheel(name="sample", version="1.0"))
    memory.index.yank_release(alice, NormalizedName("sample"), parse_version("1.0"), Yank(HOSTILE))

    page = read(memory, "/project/sample/").text

    assert "This release was yanked" in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/project/unknown/", "There is no project"),
        ("/project/sample/9.9/", "There is no release"),
        ("/project/%3Cscript%3E/", "There is no project"),
        ("/project/sample/%3Cscript%3E/", "There is no release"),
    ],
)
def test_a_missing_project_or_version_gets_a_page_that_says_so(
    memory: InMemorySite, path: str, words: str
) -> None:
    memory.publish(memory.actor("alice"), build_wheel(name="sample", version="1.0"))

    response = read(memory, path)

    assert response.status_code == 404
    assert words in response.text
    assert "<script>" not in response.text


def test_hostile_metadata_stays_text(memory: InMemorySite) -> None:
    hostile = build_wheel(
        name="hostile",
        version="1.0",
        summary=HOSTILE,
        description=HOSTILE,
        description_content_type="text/plain",
        extra_metadata=[
            ("Author", HOSTILE),
            ("Keywords", HOSTILE),
            ("License", HOSTILE),
            ("Project-URL", f"{HOSTILE}, https://index.example/{HOSTILE}"),
        ],
    )
    memory.publish(memory.actor("alice"), hostile)
    memory.work()

    for path in ("/project/hostile/", "/search/?q=hostile"):
        page = read(memory, path).text
        assert "<script>" not in page
        assert "javascript:" not in page


def test_unsafe_links_stored_earlier_are_not_shown(memory: InMemorySite) -> None:
    memory.publish(memory.actor("alice"), build_wheel(name="hostile", version="1.0"))
    stored = CoreMetadata(
        home_page="javascript:alert(1)",
        project_urls={"Bad": "javascript:alert(1)", "Good": "https://index.example/good"},
    )
    with memory.database.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
        project = uow.projects.get(NormalizedName("hostile"))
        uow.releases.add(project.id, parse_version("2.0"), stored, memory.clock.now())
        uow.commit()
    memory.work()

    page = read(memory, "/project/hostile/2.0/").text

    assert "https://index.example/good" in page
    assert "javascript:" not in page


def test_search_finds_a_project_that_the_worker_indexed(memory: InMemorySite) -> None:
    memory.publish(memory.actor("alice"), build_wheel(name="sample", version="1.0", summary="Counts sheep"))
    memory.work()

    page = read(memory, "/search/?q=sheep").text

    assert 'href="/project/sample/"' in page
    assert "Counts sheep" in page


@pytest.mark.parametrize("query", ["%22%3E%3Cscript%3E", "nothing-like-this"])
def test_a_search_without_hits_is_a_page_that_says_so(memory: InMemorySite, query: str) -> None:
    response = read(memory, f"/search/?q={query}")

    assert response.status_code == 200
    assert "No project matches" in response.text
    assert "<script>" not in response.text


def test_a_search_that_is_too_large_is_reported(memory: InMemorySite) -> None:
    response = read(memory, f"/search/?q={'x' * 501}")

    assert response.status_code == 400
    assert "at most 500 characters" in response.text


def test_pages_may_not_run_scripts(memory: InMemorySite) -> None:
    for path in ("/", "/search/", "/project/unknown/", "/i/test/"):
        assert "default-src 'none'" in read(memory, path).headers["content-security-policy"]


def test_the_pages_of_a_private_index_want_credentials(memory: InMemorySite) -> None:
    memory.publish(memory.actor("alice"), build_wheel(name="secret", version="1.0"))
    memory.work()
    memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))
    token = memory.token("bob")

    for path in ("/project/secret/", "/search/?q=secret"):
        refused = read(memory, path)
        assert refused.status_code == 401
        assert "secret" not in refused.text.replace("/secret", "")
        assert read(memory, path, Authorization=f"Bearer {token}").status_code == 200


def test_an_index_without_projects_has_pages_too(memory: InMemorySite) -> None:
    for path in ("/", "/search/", "/i/test/search/?q="):
        assert read(memory, path).status_code == 200
    assert memory.site.index(TEST_INDEX).reading.record().name == TEST_INDEX


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("query", ["?q=", "?sort=name", "?sort=updated", "?q=&page=99", "?page=-1"])
def test_a_list_without_projects_says_so(memory: InMemorySite, query: str) -> None:
    response = read(memory, f"/search/{query}")

    assert response.status_code == 200
    assert "There is no project" in response.text


def test_the_lists_at_the_foot_of_a_page_are_for_people(memory: InMemorySite) -> None:
    alice = memory.actor("alice")
    for name in ("zebra", "apple"):
        memory.clock.advance()
        memory.publish(alice, build_wheel(name=name, version="1.0"))
        memory.work()
    foot = read(memory, "/i/test/").text.partition("<footer>")[2]
    by_name, newest = read(memory, "/search/?sort=name").text, read(memory, "/search/?sort=updated").text

    assert '<a href="/i/test/search/?sort=name">All projects</a>' in foot
    assert '<a href="/i/test/search/?sort=updated">Newest releases</a>' in foot
    assert "<h1>All projects</h1>" in by_name
    assert "<h1>Newest releases</h1>" in newest
    assert by_name.index(">apple<") < by_name.index(">zebra<")
    assert newest.index(">apple<") < newest.index(">zebra<")
    assert "1 March 2026" in newest


def test_the_next_page_of_a_list_has_its_order(memory: InMemorySite) -> None:
    for number in range(21):
        memory.publish(memory.actor("alice"), build_wheel(name=f"sample-{number}", version="1.0"))
    memory.work()

    page = read(memory, "/search/?sort=updated").text

    assert 'href="?q=&amp;sort=updated&amp;page=2"' in page
    assert 'href="?q=&amp;page=2"' in read(memory, "/search/?sort=nonsense").text


@pytest.mark.parametrize("path", ["/favicon.ico", "/static/icon.svg", "/i/test/static/icon.svg"])
def test_there_is_an_icon(memory: InMemorySite, path: str) -> None:
    response = read(memory, path)

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("image/svg+xml")
    assert 'href="/i/test/static/icon.svg"' in read(memory, "/i/test/").text


@pytest.mark.parametrize("root", ["", "/i/test"])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing/here", 404),
        ("/project/", 404),
        ("/docs/sample/1.0/gone.html", 404),
        ("/rss/project/gone/releases.xml", 404),
        ("/search/?page=x", 400),
        ("/project//x", 404),
    ],
)
def test_a_browser_is_refused_with_a_page(memory: InMemorySite, root: str, path: str, status: int) -> None:
    response = read(memory, root + path, Accept=BROWSER)

    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert '<link rel="stylesheet"' in response.text
    assert "Accept" in response.headers["vary"]


def test_a_dead_link_in_documentation_leads_back_to_the_project(memory: InMemorySite) -> None:
    page = read(memory, "/i/test/docs/sample/1.0/gone.html", Accept=BROWSER).text

    assert 'href="/i/test/project/sample/"' in page


def test_an_error_page_escapes_foreign_markup(memory: InMemorySite) -> None:
    response = read(memory, "/docs/%3Cscript%3E/1.0/%3Cscript%3E", Accept=BROWSER)

    assert response.status_code == 404
    assert "<script>" not in response.text


def test_the_page_for_a_missing_index_links_home(memory: InMemorySite) -> None:
    response = read(memory, "/i/nowhere/project/sample/", Accept=BROWSER)

    assert response.status_code == 404
    assert '<a class="home" href="/">' in response.text


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/json", "text/plain", "text/html;q=0.1, text/plain"]
)
def test_programs_are_refused_without_a_page(memory: InMemorySite, accept: str) -> None:
    response = read(memory, "/nothing/here", Accept=accept)

    assert response.status_code == 404
    assert "<html" not in response.text


@pytest.mark.parametrize("path", ["/simple/gone/", "/packages/gone", "/pypi/gone/json"])
def test_paths_for_installers_have_no_pages(memory: InMemorySite, path: str) -> None:
    response = read(memory, path, Accept=BROWSER)

    assert response.status_code == 404
    assert "<html" not in response.text


def test_a_private_index_asks_a_browser_for_credentials(memory: InMemorySite) -> None:
    memory.site.configure_index(
        OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE, title="Secret")
    )

    response = read(memory, "/", Accept=BROWSER)

    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Basic ")
    assert "<h1>Unauthorized</h1>" in response.text
    assert "Secret" not in response.text
