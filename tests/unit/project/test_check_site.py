"""The check of a built site finds every link that leads nowhere and everything loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from check_site import check

SOUND = {
    "index.html": '<link rel="stylesheet" href="_static/style.css"><a href="guide/first.html#start">First</a>'
    '<a href="https://index.example/">elsewhere</a><script src="_static/search.js?v=1"></script>',
    "guide/first.html": '<h1 id="start">Start</h1><a href="../index.html">Home</a><a href="#start">Up</a>',
    "_static/style.css": "body { background: url(data:image/svg+xml;base64,AA) }",
    "_static/search.js": "",
}


def write(folder: Path, pages: dict[str, str]) -> Path:
    for name, content in pages.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    return folder


def test_a_sound_site_has_no_faults(tmp_path: Path) -> None:
    assert list(check(write(tmp_path, SOUND))) == []


@pytest.mark.parametrize(
    ("page", "addition", "fault"),
    [
        ("index.html", '<a href="gone.html">', "index.html links to gone.html, but there is no such file."),
        (
            "index.html",
            '<a href="guide/first.html#gone">',
            "index.html links to guide/first.html#gone, but that page has no such anchor.",
        ),
        ("index.html", '<a href="#gone">', "index.html links to #gone, but that page has no such anchor."),
        (
            "index.html",
            '<script src="https://scripts.example/a.js">',
            "index.html loads https://scripts.example/a.js, which is on another host.",
        ),
        (
            "index.html",
            '<img src="//images.example/a.png">',
            "index.html loads //images.example/a.png, which is on another host.",
        ),
        (
            "index.html",
            "<style>@import 'https://styles.example/a.css';</style>",
            "index.html loads https://styles.example/a.css, which is on another host.",
        ),
        (
            "index.html",
            '<p style="background: url(https://images.example/b.png)">',
            "index.html loads https://images.example/b.png, which is on another host.",
        ),
        ("index.html", '<img src="gone.png">', "index.html loads gone.png, but there is no such file."),
        (
            "_static/style.css",
            "@font-face { src: url('https://fonts.example/a.woff2') }",
            "_static/style.css loads https://fonts.example/a.woff2, which is on another host.",
        ),
    ],
)
def test_a_fault_is_reported(tmp_path: Path, page: str, addition: str, fault: str) -> None:
    write(tmp_path, {**SOUND, page: SOUND[page] + addition})

    assert list(check(tmp_path)) == [fault]


def test_a_page_without_a_link_to_it_is_reported(tmp_path: Path) -> None:
    write(tmp_path, {**SOUND, "lost.html": '<a href="index.html">Home</a>'})

    assert list(check(tmp_path)) == ["lost.html cannot be reached from index.html."]


def test_a_link_out_of_the_site_is_reported(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "secret.html").touch()
    write(site, {**SOUND, "index.html": SOUND["index.html"] + '<a href="../secret.html">'})

    [fault] = check(site)

    assert "outside the site" in fault
