"""Find, judge and install a package in a real browser, with script and without, on a phone and at a desk."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
import pytest

from axe import violations
from chromium import Page, browser
from pypi_api_client import Client as ApiClient
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_contracts.documentation import build_documentation
from running_server import RunningServer

pytestmark = pytest.mark.browser

SHEEP = [
    *(build_wheel("Sheep.Counter", each, summary="Counts sheep") for each in ("0.9", "1.0a1", "1.0rc1")),
    build_sdist("Sheep.Counter", "1.0", summary="Counts sheep"),
    build_wheel(
        "Sheep.Counter",
        "1.0",
        summary="Counts sheep",
        description="# Sheep\n\nThey are counted.",
        description_content_type="text/markdown",
        requires_dist=["meadow>=1", "absent; python_version < '3.9'", "meadow[grass]; extra == 'grass'"],
        extra_metadata=[
            ("Provides-Extra", "grass"), ("Keywords", "sheep,night"),
            ("Classifier", "Topic :: Utilities"), ("Classifier", "Programming Language :: Python :: 3.12"),
            ("Project-URL", "Homepage, https://sheep.example/"),
        ],
    ),
]  # fmt: skip
MEADOW = build_wheel("meadow", "1.0", summary="W" * 120)
TABS = ("", "releases/", "files/", "dependencies/", "security/", "documentation/", "1.0/", "1.0/files/")
PATHS = (
    "", "search/", "search/?q=sheep", "search/?q=nothing-like-it", "classifiers/", "classifiers/?below=Topic",
    "activity/", "stats/", "use/", "about/", "account/login/", "project/nothing/", "user/nobody/",
    "no/such/page", *(f"project/sheep-counter/{tab}" for tab in TABS), "project/meadow/", "i/test/",
)  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("frontend")
    running = RunningServer(folder / "data")
    try:
        with ApiClient(running.url, token=running.token) as client:
            for each in (*SHEEP, MEADOW):
                (folder / each.filename).write_bytes(each.content)
                client.upload_release([folder / each.filename])
            (folder / "docs.zip").write_bytes(build_documentation())
            client.upload_documentation("sheep-counter", "1.0", folder / "docs.zip")
            # The worker fills the search; how long it takes is its own business.
            while len(client.search("").hits) < 2:
                time.sleep(0.05)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as shown:
        yield shown


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def has_script(request: pytest.FixtureRequest, page: Page) -> Iterator[bool]:
    page.call("Emulation.setScriptExecutionDisabled", value=not request.param)
    yield request.param
    page.call("Emulation.setScriptExecutionDisabled", value=False)


def test_a_person_searches_opens_and_copies(server: RunningServer, page: Page, *, has_script: bool) -> None:
    page.open(server.url, width=1280)
    page.value_of("document.querySelector('#search').value = 'sheep'")
    page.click(".hero button")
    assert page.value_of("document.querySelector('h1').textContent") == "Projects for “sheep”"
    page.click(".hits a[href$='/sheep-counter/']")

    line = page.value_of("document.querySelector('.install pre').textContent")
    assert line == f"pip install --index-url {server.url}simple/ sheep-counter"
    button = "document.querySelector('.install button')"
    assert page.value_of(f"{button} !== null") == has_script
    if has_script:
        page.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        page.call("Page.bringToFront")
        page.call("Runtime.evaluate", expression=f"{button}.click()", userGesture=True)
        assert until(page, f"{button}.textContent === '✓'")
    for tab in ("releases", "files", "dependencies", "security"):
        page.click(f".tabs a[href$='/{tab}/']")
        assert page.value_of("document.querySelector('.tabs [aria-current]').href").endswith(f"/{tab}/")


def test_projects_are_suggested_while_a_person_types(server: RunningServer, page: Page) -> None:
    page.open(server.url, width=360)
    page.call("Runtime.evaluate", expression="document.querySelector('#search').focus()")
    page.call("Input.insertText", text="shee")

    assert until(
        page, "document.querySelector('.hero .suggestions a')?.textContent.startsWith('Sheep.Counter')"
    )
    assert violations(page) == []
    for key in ("ArrowDown", "Enter"):
        event = f"new KeyboardEvent('keydown', {{key: {json.dumps(key)}, bubbles: true}})"
        page.value_of(f"document.querySelector('#search').dispatchEvent({event})")
    assert until(page, "location.pathname === '/project/sheep-counter/'")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_for_everybody(
    server: RunningServer, page: Page, path: str, tmp_path: Path, record_property: Callable[..., None]
) -> None:
    for width, scheme in ((320, "light"), (320, "dark"), (1280, "light"), (1280, "dark")):
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        page.open(server.url + path, width=width)

        assert page.value_of("document.documentElement.scrollWidth") <= width
        assert page.value_of("getComputedStyle(document.body).margin") == "0px"
        assert violations(page) == []
        # A language that is written from the right does not break it.
        turned = "(document.documentElement.dir = 'rtl', document.documentElement.scrollWidth)"
        assert page.value_of(turned) <= width
        page.value_of("document.documentElement.dir = 'ltr'")
        picture = tmp_path / f"{re.sub('[^a-z0-9]+', '-', path) or 'front'}-{width}-{scheme}.png"
        page.screenshot(picture)
        record_property("picture", str(picture))


def test_no_link_is_broken(server: RunningServer) -> None:
    known, waiting = {server.url}, [server.url]
    broken = []
    with httpx.Client(headers={"accept": "text/html"}, follow_redirects=True) as client:
        while waiting and len(known) < 600:
            address = waiting.pop(0)
            answer = client.get(address)
            if answer.status_code >= 400:
                broken.append((address, answer.status_code))
            if not answer.headers.get("content-type", "").startswith("text/html") or "/docs/" in address:
                continue
            for link in re.findall(r'(?:href|src|action)="([^"]*)"', answer.text):
                found = urldefrag(urljoin(address, link.replace("&amp;", "&")))[0]
                is_ours = urlsplit(found).netloc == urlsplit(server.url).netloc
                # Forms that are sent, and the many searches that narrow each other, are not followed.
                if is_ours and found not in known and not re.search(r"logout|&c=.*&|below=|/simple/", found):
                    known.add(found)
                    waiting.append(found)

    assert broken == []
    assert f"{server.url}project/sheep-counter/1.0/" in known


def until(page: Page, condition: str) -> bool:
    """Wait until a JavaScript expression is true, for a few seconds."""
    for _ in range(100):
        if page.value_of(f"Boolean({condition})"):
            return True
        time.sleep(0.05)
    return False
