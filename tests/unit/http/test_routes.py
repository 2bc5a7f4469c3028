"""Routes: what stands in the places of an address, and whether it ends with a slash."""

from __future__ import annotations

import pytest

from pypi_core.errors import NotFound
from pypi_http_api.routes import Route


@pytest.mark.parametrize(
    ("pattern", "path", "captured"),
    [
        ("/simple/<name>/", "/simple/sample/", {"name": "sample"}),
        ("/simple/<name>/", "/simple/sample", {"name": "sample"}),
        ("/pypi/<name>/json[/]", "/pypi/sample/json/", {"name": "sample"}),
        ("/upload/<session>/<filename>", "/upload/1/a b.whl", {"session": "1", "filename": "a b.whl"}),
        (
            "/docs/<name>/<version>/<path...>",
            "/docs/sample/1.0/guide/\npage/",
            {"name": "sample", "version": "1.0", "path": "guide/\npage/"},
        ),
    ],
)
def test_a_route_captures_the_parts_of_a_path(pattern: str, path: str, captured: dict[str, str]) -> None:
    assert Route(pattern).captured(path) == captured


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/upload/<session>/<filename>", "/upload/1/a.whl/"),
        ("/rss/project/<name>/releases.xml", "/rss/project/sample/releasesXxml"),
        ("/simple/<name>/", "/simple/sample/more/"),
        ("/simple/<name>/", "/simple//"),
    ],
)
def test_another_address_is_not_found(pattern: str, path: str) -> None:
    with pytest.raises(NotFound):
        Route(pattern).captured(path)


def test_only_a_plain_slash_at_the_end_belongs_to_the_address() -> None:
    assert Route("/simple/<name>/").has_slash
    assert not Route("/pypi/<name>/json[/]").has_slash
    assert Route("/docs/<name>/<path...>").path == "/docs/{name:str}/{path:path}"
