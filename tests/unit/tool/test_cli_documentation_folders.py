"""A folder of documentation is sent as it looks to a browser: all of it, and nothing from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_terminal.exit_codes import ExitCode

Cli = Callable[..., str]
Pages = Callable[[], set[str]]
RELEASE = ("--project", "sample", "--version", "1.0")


@pytest.fixture
def html(tmp_path: Path) -> Path:
    folder = tmp_path / "html"
    (folder / "deep").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>Hello</h1>")
    (folder / "deep/page.html").write_text("deep")
    return folder


@pytest.fixture
def pages(published: InMemorySite, ask: Callable[..., Any]) -> Callable[[], set[str]]:
    """Return a function that returns which pages can be read."""
    candidates = ("index.html", "deep/page.html", "linked/page.html", "linked.html", "a/b/page.html")

    def read() -> set[str]:
        published.work()
        return {
            each for each in candidates if ask("GET", f"/docs/sample/1.0/{each}").status_code == HTTPStatus.OK
        }

    return read


def test_links_inside_the_folder_are_followed(cli: Cli, pages: Pages, html: Path) -> None:
    (html / "linked").symlink_to("deep")
    (html / "linked.html").symlink_to(html / "deep/page.html")
    (html / "a").mkdir()
    (html / "a/b").symlink_to("../linked")

    cli("upload-docs", "html", *RELEASE)

    assert pages() == {
        "index.html", "deep/page.html", "linked/page.html", "linked.html", "a/b/page.html",
    }  # fmt: skip


def test_a_folder_that_is_a_link_itself_is_sent(cli: Cli, html: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(html)

    assert "documentation is" in cli("upload-docs", "latest", *RELEASE)


@pytest.mark.parametrize(
    ("name", "target", "why"),
    [
        ("secrets.html", "../secret", "links out of html"),
        ("secrets", "..", "links out of html"),
        ("etc", "/etc", "links out of html"),
        ("index2.html", "nowhere.html", "links to nothing"),
        ("self.html", "self.html", "links to itself"),
        ("deep/up", "..", "links to a folder that contains it"),
        ("deep/same", ".", "links to a folder that contains it"),
    ],
)
def test_a_link_that_cannot_be_followed_is_refused(
    cli: Cli, pages: Pages, html: Path, tmp_path: Path, name: str, target: str, why: str
) -> None:
    (tmp_path / "secret").write_text("s3cret")
    (html / name).symlink_to(target)

    err = cli("upload-docs", "html", *RELEASE, code=ExitCode.USAGE)

    assert f"html/{name} {why}" in err
    assert pages() == set()


def test_a_link_to_a_link_out_of_the_folder_is_refused(cli: Cli, html: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret")
    (html / "deep/out.html").symlink_to("../../secret")
    (html / "linked").symlink_to("deep")

    assert "links out of html" in cli("upload-docs", "html", *RELEASE, code=ExitCode.USAGE)


def test_a_named_pipe_in_the_folder_is_refused(cli: Cli, html: Path) -> None:
    os.mkfifo(html / "pipe")

    assert "html/pipe is neither a file nor a folder" in cli(
        "upload-docs", "html", *RELEASE, code=ExitCode.USAGE
    )


def test_files_from_before_1980_are_sent(cli: Cli, pages: Pages, html: Path) -> None:
    os.utime(html / "deep/page.html", (0, 0))

    cli("upload-docs", "html", *RELEASE)

    assert pages() == {"index.html", "deep/page.html"}


def test_a_name_that_is_not_text_is_refused(cli: Cli, html: Path) -> None:
    Path(os.fsdecode(os.fsencode(html) + b"/caf\xe9.html")).write_text("x")

    assert "is not UTF-8" in cli("upload-docs", "html", *RELEASE, code=ExitCode.USAGE)
