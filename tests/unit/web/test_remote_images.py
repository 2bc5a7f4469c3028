"""Images of descriptions that other hosts serve: shown, or a link in their place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR, Actor
from pypi_core.domain.descriptions import RenderedDescription, hide_remote_images
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading, RemoteImages
from pypi_environment.readme import ReadmeRenderer
from pypi_http_api import build_application
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_web import frontend

IMAGE = '<img src="https://elsewhere.example/a.png?a=1&amp;b=2" alt="A &lt;badge&gt;">'
LINK = '<a href="https://elsewhere.example/a.png?a=1&amp;b=2" rel="nofollow noreferrer">A &lt;badge&gt;</a>'
STRICT, OPEN = "img-src 'self' data:;", "img-src 'self' https: data:;"


class TestHiding:
    @pytest.mark.parametrize(
        ("html", "hidden"),
        [
            (f"<p>{IMAGE}</p>", f"<p>{LINK}</p>"),
            (
                '<img width="9" alt="x" src="http://a.example/">',
                '<a href="http://a.example/" rel="nofollow noreferrer">x</a>',
            ),
            (
                '<img src="//a.example/x.png">',
                '<a href="//a.example/x.png" rel="nofollow noreferrer">//a.example/x.png</a>',
            ),
            ('<img src=" HTTPS://a.example/" alt=" ">', None),
            (
                f'<a href="https://ci.example/">{IMAGE}</a>',
                '<a href="https://ci.example/">A &lt;badge&gt;</a>',
            ),
            (f'<a href="https://ci.example/">x</a>{IMAGE}', f'<a href="https://ci.example/">x</a>{LINK}'),
        ],
    )
    def test_a_remote_image_becomes_a_link_or_its_text(self, html: str, hidden: str | None) -> None:
        found = hide_remote_images(html)

        assert "<img" not in found
        assert hidden in (found, None)

    @pytest.mark.parametrize(
        "html",
        [
            '<img src="data:image/png;base64,AAAA" alt="x">',
            '<img src="logo.png" alt="x">',
            '<img alt="x">',
            "<p>&lt;img src=&quot;https://a.example/&quot;&gt;</p>",
            '<a href="https://a.example/">text</a><abbr title="x">y</abbr>',
        ],
    )
    def test_anything_else_stays_as_it_is(self, html: str) -> None:
        assert hide_remote_images(html) == html

    @given(
        st.lists(st.sampled_from([IMAGE, "<a>", "</a>", '<a href="x">', "&lt;", "text", "<p>"]), max_size=30)
    )
    def test_no_image_is_left_and_links_stay_balanced(self, pieces: list[str]) -> None:
        html = "".join(pieces)
        found = hide_remote_images(html)

        assert "<img" not in found
        assert found.count("<a") - html.count("<a") == found.count("</a>") - html.count("</a>")

    def test_rendered_images_are_hidden_completely(self) -> None:
        text = (
            "[![Badge](https://ci.example/b.svg)](https://ci.example/)\n\n![](http://b.example/c.png)\n\n"
            '<picture><img src="https://c.example/d.png" alt="d"></picture>\n'
        )
        rendered = ReadmeRenderer().render(text, "text/markdown")
        assert rendered.html.count("<img") >= 3

        hidden = hide_remote_images(rendered.html)

        assert 'src="http' not in hidden
        assert ">Badge</a>" in hidden


class Fixed:
    """Renders every text as one image."""

    def render(self, text: str, content_type: str) -> RenderedDescription:
        return RenderedDescription(f"<p>{IMAGE}</p>")


class TestPages:
    @pytest.fixture
    def memory(self) -> InMemorySite:
        return InMemorySite(Fixed())

    @pytest.fixture
    def alice(self, memory: InMemorySite) -> Actor:
        alice = memory.actor("alice")
        memory.publish(alice, build_wheel("sample", "1.0"))
        memory.work()
        return alice

    @pytest.fixture
    def page(self, memory: InMemorySite, alice: Actor) -> Callable[[str], httpx.Response]:
        application = build_application(
            site=memory.site,
            change_signal=memory.database.change_signal,
            frontend=frontend(),
        )
        token = memory.token("alice")

        def read(path: str) -> httpx.Response:
            async def request() -> httpx.Response:
                transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]
                async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as client:
                    return await client.get(path, headers={"authorization": f"Bearer {token}"})

            return asyncio.run(request())

        return read

    @pytest.mark.parametrize(
        ("reading", "remote_images", "is_shown"),
        [
            (Reading.PUBLIC, None, True),
            (Reading.PRIVATE, None, False),
            (Reading.PUBLIC, RemoteImages.HIDDEN, False),
            (Reading.PRIVATE, RemoteImages.SHOWN, True),
        ],
    )
    def test_the_setting_is_followed_by_the_page_and_its_policy(
        self,
        memory: InMemorySite,
        page: Callable[[str], httpx.Response],
        reading: Reading,
        remote_images: RemoteImages | None,
        *,
        is_shown: bool,
    ) -> None:
        settings = IndexSettings(reading=reading, remote_images=remote_images)
        memory.site.configure_index(OPERATOR, DEFAULT_INDEX, settings)

        for path in ("/project/sample/", "/project/sample/1.0/"):
            answer = page(path)
            assert (IMAGE in answer.text) is is_shown
            assert (LINK in answer.text) is not is_shown
            assert (OPEN if is_shown else STRICT) in answer.headers["content-security-policy"]

    def test_a_change_is_followed_by_the_very_next_request(
        self, memory: InMemorySite, page: Callable[[str], httpx.Response]
    ) -> None:
        shown = []
        for remote_images in (RemoteImages.SHOWN, RemoteImages.HIDDEN, None, RemoteImages.HIDDEN):
            memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(remote_images=remote_images))
            shown.append(IMAGE in page("/project/sample/").text)

        assert shown == [True, False, True, False]

    @pytest.mark.parametrize("path", ["/", "/search/?q=sample", "/project/absent/", "/stats/"])
    def test_other_pages_load_no_images_from_elsewhere(
        self, page: Callable[[str], httpx.Response], path: str
    ) -> None:
        assert STRICT in page(path).headers["content-security-policy"]

    @pytest.mark.parametrize(("reading", "said"), [(Reading.PUBLIC, "shown"), (Reading.PRIVATE, "hidden")])
    def test_the_status_of_the_index_says_it(
        self, memory: InMemorySite, alice: Actor, reading: Reading, said: str
    ) -> None:
        memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=reading))
        call = b'{"jsonrpc": "2.0", "id": 1, "method": "index.status"}'

        answer = JsonRpcEndpoint(memory.site)(memory.index, alice, call)

        assert f'"remote_images":"{said}"'.encode() in (answer or b"")
