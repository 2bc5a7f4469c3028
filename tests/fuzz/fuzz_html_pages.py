"""Fuzz the client's reading of project pages in HTML: nothing but errors of the client may be raised."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tests.fuzz.fuzzing import instrumented, run

with instrumented("pypi_api_client", "html"):
    from pypi_api_client.errors import ClientError
    from pypi_api_client.protocol.simple_html import read_html

from tests.fuzz import costly


def page(data: bytes) -> None:
    """Read *data* as the page of a project."""
    try:
        read_html(data, "https://index.example/simple/hello/")
    except ClientError as error:
        assert str(error)


def pages() -> Iterator[bytes]:
    """Yield pages as indexes have them."""
    link = b'<a href="../../files/hello-1.0.tar.gz#sha256=00" data-requires-python="&gt;=3" data-yanked="x"'
    yield (
        b'<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.3"><base href="/x/">'
        b"<title>hello</title></head><body><h1>hello</h1>\n"
        + link
        + b' data-core-metadata="sha256=00">hello-1.0.tar.gz</a><br/>\n<!-- comment --></body></html>'
    )
    yield b"<A HREF=hello-1.0.zip>hello-1.0.zip</A><a href>x</a><a href='//[/'>y</a>"


if __name__ == "__main__":
    run({b"h": (page, lambda: chain(pages(), costly.html_pages()))})
