"""The documentation of this project as an index of our own shows it, in a real browser."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from chromium import Page, browser
from pypi_contracts.builders import build_wheel
from pypi_core import __version__
from running_server import RunningServer
from tool_client import Client

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[3]
PAGES = ["index.html", "reference/client-api.html", "reference/standards/nasty-inputs.html"]
WIDTHS = [360, 1280]


class Site(NamedTuple):
    """A site on an index, and the window in which it is shown."""

    root: str
    url: str
    page: Page


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with browser(folder) as page:
        subprocess.run(["make", "docs"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        server, client = RunningServer(folder / "data"), Client(folder / "home")
        wheel = build_wheel("pypi-core", __version__)
        (folder / wheel.filename).write_bytes(wheel.content)
        client.twine_upload(server, [folder / wheel.filename])
        client.run(
            "pypi-cli", "--index", server.url, "upload-docs", ROOT / "docs" / "_build" / "html",
            "--project", "pypi-core", "--version", __version__, PYPI_TOKEN=server.token,
        )  # fmt: skip
        path = f"docs/pypi-core/{__version__}/"
        while server.get(path).status_code == 404:
            time.sleep(0.1)
        yield Site(server.url, server.url + path, page)
        server.stop()


def wait_for(page: Page, expression: str) -> object:
    """Return what *expression* gives on the page, as soon as that is something."""
    while not (value := page.value_of(expression)):
        time.sleep(0.1)
    return value


def test_the_search_finds_pages_in_the_sandbox(site: Site) -> None:
    site.page.open(f"{site.url}search.html?q=quarantine", width=1280)

    found = wait_for(
        site.page, "/found [0-9]+ page/.test(document.body.innerText) && document.body.innerText"
    )

    assert site.page.value_of("self.origin") == "null"
    assert "Run projects: quarantine, archive, hand over, delete" in str(found)


def test_the_colors_can_be_chosen_in_the_sandbox(site: Site) -> None:
    site.page.open(site.url, width=1280)
    before = site.page.value_of("document.body.dataset.theme")

    site.page.value_of("document.querySelector('.theme-toggle-content .theme-toggle').click() || true")

    assert {before, site.page.value_of("document.body.dataset.theme")} <= {"auto", "light", "dark"}
    assert site.page.value_of("document.body.dataset.theme") != before


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_another_host(site: Site, path: str) -> None:
    site.page.open(site.url + path, width=1280)

    loaded = site.page.value_of("performance.getEntriesByType('resource').map(each => each.name)")

    assert loaded
    assert [each for each in loaded if not each.startswith(site.root)] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_scrolls_in_one_direction(site: Site, path: str, width: int) -> None:
    site.page.open(site.url + path, width=width)

    assert site.page.value_of("document.documentElement.scrollWidth") <= width
