"""Pages of real projects in a real browser, on a phone and on a desk, also below a path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from absence import leave_out
from chromium import Page, browser
from path_proxies import ServedBelow, small_proxy
from pypi_api_client import Client as ApiClient
from pypi_contracts.builders import build_wheel
from real_packages import PublicIndexUnreachable, pip_download
from running_server import RunningServer

pytestmark = pytest.mark.browser

REAL = ("rich", "httpx", "numpy", "flask")
# Names and versions as long as they come, and nothing in a summary at which a line could break.
LONG = build_wheel(
    "a-project-with-a-name-that-is-longer-than-any-screen-of-a-telephone-is-wide",
    "2026.10.30.post1234567890",
    summary="W" * 120,
    description="\n\n".join(
        [
            "# A heading" + "g" * 80,
            "| " + " | ".join(f"column {number}" for number in range(30)) + " |\n" + "|---" * 30 + "|",
            "`" + "x" * 200 + "`",
            "```python\n" + "print('" + "y" * 200 + "')  # and on\n```",
        ]
    ),
    description_content_type="text/markdown",
    requires_dist=[
        "a-dependency-with-a-long-name-too>=1.0; python_version >= '3.9' and extra == 'something'"
    ],
)
PATHS = [
    "", "search/?sort=name", "search/?sort=updated", "stats/", "no/such/page",
    "project/nothing-of-that-name/",
    *(f"project/{name}/" for name in REAL), f"project/{LONG.filename.partition('-')[0].replace('_', '-')}/",
]  # fmt: skip
WIDTHS = [360, 1280]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Return a server below a path that has the real projects."""
    folder = tmp_path_factory.mktemp("pages")
    try:
        pip_download(folder / "wheels", "--only-binary", ":all:", "--no-deps", *REAL)
    except PublicIndexUnreachable as error:
        leave_out(f"the public index cannot be reached: {error}")
    (folder / "wheels" / LONG.filename).write_bytes(LONG.content)
    settings = folder / "settings.toml"
    settings.write_text('trusted_proxies = ["127.0.0.1"]\nroot_path = "/some/prefix"\n')
    running = RunningServer(folder / "data", "--settings", str(settings))
    try:
        with ApiClient(running.url, token=running.token) as client:
            for each in sorted((folder / "wheels").glob("*.whl")):
                client.upload_release([each])
            # The worker fills the search; how long it takes is its own business.
            while len(client.search("").hits) < len(REAL) + 1:
                pass
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def below(server: RunningServer) -> Iterator[ServedBelow]:
    with small_proxy(server, "/some/prefix", strips=True, says=False) as served:
        yield served


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as shown:
        yield shown


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_scrolls_in_one_direction(below: ServedBelow, page: Page, path: str, width: int) -> None:
    page.open(below.url + path, width=width)

    assert page.value_of("document.documentElement.scrollWidth") <= width
    # Its style came, and nothing that it asked for was refused.
    assert page.value_of("getComputedStyle(document.body).margin") == "0px"
    assert page.value_of("[...document.images].filter(each => !each.complete).length") == 0


@pytest.mark.parametrize("path", [each for each in PATHS if each.startswith("project/")])
def test_every_link_and_heading_has_a_name(below: ServedBelow, page: Page, path: str) -> None:
    page.open(below.url + path, width=1280)

    # What an author says of a picture is for the author to say.
    nameless = """[...document.querySelectorAll("a[href], button, h1, h2, h3, h4, h5, h6")].filter(each =>
        !each.textContent.trim() && !each.querySelector("img") && !each.ariaLabel).length"""
    languages = '[...document.querySelectorAll("[lang]")].map(each => each.lang)'
    assert page.value_of(nameless) == 0
    assert page.value_of(languages) == ["en"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_code_has_colours_that_can_be_read(below: ServedBelow, page: Page, scheme: str) -> None:
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    page.open(f"{below.url}project/rich/", width=1280)

    # WCAG 2.2, 1.4.3: a contrast of 4.5 to the ground.
    worst = page.value_of("""(() => {
        const light = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number).map(each => each / 255)
            .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
            .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
        const spans = [...document.querySelectorAll(".description pre span[class]")];
        const colours = new Set(spans.map(each => getComputedStyle(each).color));
        const ground = light(getComputedStyle(document.querySelector("pre")).backgroundColor);
        const contrasts = [...colours].map(light).map(each =>
            (Math.max(each, ground) + 0.05) / (Math.min(each, ground) + 0.05));
        return [colours.size, Math.min(...contrasts)];
    })()""")

    assert worst[0] > 3
    assert worst[1] >= 4.5


def test_the_lists_lead_to_projects(below: ServedBelow, page: Page) -> None:
    page.open(below.url, width=360)
    page.click("footer a")
    assert page.value_of("location.pathname + location.search") == "/some/prefix/search/?sort=name"
    page.click(".hits a[href$='/httpx/']")

    assert page.value_of("location.pathname") == "/some/prefix/project/httpx/"
    assert page.value_of("document.querySelector('.install pre').textContent").endswith(
        "/some/prefix/simple/ httpx"
    )


def test_pictures(
    below: ServedBelow, page: Page, tmp_path: Path, record_property: Callable[..., None]
) -> None:
    page.call("Emulation.setEmulatedMedia", features=[])
    for width in WIDTHS:
        for name in ("rich", "httpx", "numpy", "flask"):
            page.open(f"{below.url}project/{name}/", width=width, height=1400)
            picture = tmp_path / f"{name}-{width}.png"
            page.screenshot(picture)
            record_property("picture", str(picture))
            assert picture.read_bytes().startswith(b"\x89PNG")
