from __future__ import annotations

import logging
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from html import escape as html_of
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pypi_core.domain.descriptions import RenderedDescription
from pypi_environment.readme import ReadmeRenderer
from pypi_environment.rendering_process import RenderingLimits

_MARKDOWN, _RST = "text/markdown", "text/x-rst"


@pytest.fixture(scope="module")
def renderer() -> ReadmeRenderer:
    return ReadmeRenderer()


class _Dangers(HTMLParser):
    """Collect what could run, submit or load something."""

    # fmt: off
    _TAGS = frozenset({
        "script", "style", "iframe", "frame", "object", "embed", "applet", "form", "button", "textarea",
        "select", "base", "meta", "link", "svg", "math", "template", "noscript", "video", "audio",
        "source", "portal",
    })
    # fmt: on

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._TAGS:
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcdoc", "formaction", "action", "srcset"}:
                self.found.append(f"{tag} {name}")
            scheme = urlsplit((value or "").strip()).scheme
            if name in {"href", "src"} and scheme not in {"", "http", "https", "mailto"}:
                self.found.append(f"{tag} {name}={value}")


def dangers_in(html: str) -> list[str]:
    parser = _Dangers()
    parser.feed(html)
    parser.close()
    return parser.found


def test_the_check_of_these_tests_finds_dangers() -> None:
    html = '<p onclick="x"><script>x</script><a href="javascript:x">x</a><img src="data:x">'
    assert len(dangers_in(html)) == 4


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        (_MARKDOWN, "Title\n=====\n\nSome *emphasis*."),
        (_RST, "Title\n=====\n\nSome *emphasis*."),
        ("", "Title\n=====\n\nSome *emphasis*."),
    ],
)
def test_headings_and_emphasis_are_rendered(renderer: ReadmeRenderer, content_type: str, text: str) -> None:
    html = renderer.render(text, content_type).html
    assert "<h1" in html
    assert "<em>emphasis</em>" in html


def test_plain_text_is_shown_as_it_is(renderer: ReadmeRenderer) -> None:
    html = renderer.render("# <b>not</b> *rendered*\n  as is", "text/plain; charset=UTF-8").html
    assert html == "<pre># &lt;b&gt;not&lt;/b&gt; *rendered*\n  as is</pre>"


@pytest.mark.parametrize(
    "content_type", ["text/html", "application/octet-stream", "nonsense", "text/", ";;;=;"]
)
def test_an_unknown_type_is_shown_as_plain_text_or_restructuredtext(
    renderer: ReadmeRenderer, content_type: str
) -> None:
    html = renderer.render("<script>x</script>", content_type).html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "content_type",
    [
        "text/markdown",
        "text/markdown; charset=UTF-8; variant=GFM",
        'TEXT/Markdown ; Charset="utf-8" ;Variant="gfm";',
        "text/markdown; charset=latin-1; variant=unheard-of",
        "text/markdown;variant",
        "text/markdown;;=;",
    ],
)
def test_parameters_are_read_leniently(renderer: ReadmeRenderer, content_type: str) -> None:
    html = renderer.render("~~gone~~", content_type).html
    assert "<del>gone</del>" in html


def test_commonmark_knows_no_github_extensions(renderer: ReadmeRenderer) -> None:
    assert renderer.render("~~gone~~", "text/markdown; variant=CommonMark").html == "<p>~~gone~~</p>\n"


def test_markdown_has_tables_and_highlighted_code(renderer: ReadmeRenderer) -> None:
    html = renderer.render("| a |\n|---|\n| b |\n\n```python\nimport os\n```\n", _MARKDOWN).html
    assert "<table>" in html
    assert '<span class="kn">import</span>' in html


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Title\n=====\n\n*open `both", "line 4: Inline emphasis start-string without end-string"),
        ("Text.\n\n.. unknown-directive::\n\n   x", 'line 3: Unknown directive type "unknown-directive"'),
        (":role:`x`", 'line 1: Unknown interpreted text role "role"'),
        ("|absent|", 'line 1: Undefined substitution referenced: "absent"'),
        (
            "Text.\n\n.. image::\n",
            'line 3: Error in "image" directive: 1 argument(s) required, 0 supplied',
        ),
        (
            ".. figure:: a.png\n   :width: wide\n",
            (
                'line 1: Error in "figure" directive: invalid option value: '
                """(option: "width"; value: 'wide') "wide" is no valid measure"""
            ),
        ),
        (".. only a comment", "No content rendered from RST source"),
    ],
)
@pytest.mark.parametrize("content_type", [_RST, ""])
def test_invalid_restructuredtext_is_reported_and_its_source_shown(
    renderer: ReadmeRenderer, text: str, problem: str, content_type: str
) -> None:
    rendered = renderer.render(text, content_type)
    assert rendered.problem == problem
    assert rendered.html == f"<pre>{html_of(text)}</pre>"


@pytest.mark.parametrize("content_type", [_RST, _MARKDOWN])
def test_a_description_that_renders_has_no_problem(renderer: ReadmeRenderer, content_type: str) -> None:
    assert renderer.render("Some *emphasis*.", content_type).problem == ""


@pytest.mark.parametrize("content_type", ["", _RST, _MARKDOWN, "text/plain"])
@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_nothing_renders_to_nothing(renderer: ReadmeRenderer, text: str, content_type: str) -> None:
    assert renderer.render(text, content_type) == RenderedDescription("")


@pytest.mark.parametrize(
    "text", ["[a]: https://project.example", "<!-- -->", "*open `both", "\0", "\ud800", "<", "&#0;"]
)
def test_markdown_never_fails(renderer: ReadmeRenderer, text: str) -> None:
    html = renderer.render(text, _MARKDOWN).html
    html.encode()


@pytest.mark.parametrize("content_type", ["", "text/plain", _MARKDOWN])
def test_half_a_surrogate_pair_does_not_come_out(renderer: ReadmeRenderer, content_type: str) -> None:
    html = renderer.render("x \ud800 x", content_type).html
    assert html.encode()


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
        "<scr<script>ipt>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        '<img src="javascript:alert(1)">',
        '<img src="data:image/svg+xml;base64,PHN2Zy8+">',
        "<svg/onload=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)></style></math>",
        '<iframe src="https://evil.example"></iframe>',
        '<iframe srcdoc="<script>alert(1)</script>">',
        '<form action="/account/delete" method="post"><button>Click</button></form>',
        '<input type="image" src="x" onerror="alert(1)" formaction="javascript:alert(1)">',
        '<object data="x.swf"></object><embed src="x.swf">',
        '<base href="https://evil.example/">',
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '<link rel="stylesheet" href="https://evil.example/x.css">',
        "<style>* { display: none }</style>",
        '<p style="position: fixed; inset: 0">x</p>',
        '<details open ontoggle="alert(1)">x</details>',
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#10;script:alert(1))",
        "[x](&#x6A;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "![x](javascript:alert(1))",
        "<javascript:alert(1)>",
        '<a href="\x01javascript:alert(1)">x</a>',
        '[x](https://a.example "onmouseover=alert(1)")',
        "```<img src=x onerror=alert(1)>\nx\n```",
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
        "<!--><img src=x onerror=alert(1)>-->",
        '<pre lang="x"><code>&lt;img src=x onerror=alert(1)&gt;</code></pre>',
    ],
)
def test_dangerous_html_does_not_survive_markdown(renderer: ReadmeRenderer, text: str) -> None:
    for content_type in (_MARKDOWN, "text/markdown; variant=CommonMark"):
        html = renderer.render(text, content_type).html
        assert dangers_in(html) == []


@pytest.mark.parametrize(
    "text",
    [
        "`x <javascript:alert(1)>`__",
        "`x <data:text/html,x>`__",
        "x_\n\n.. _x: javascript:alert(1)",
        ".. image:: javascript:alert(1)",
        ".. image:: x.png\n   :target: javascript:alert(1)",
        '.. image:: x.svg\n   :alt: " onerror="alert(1)',
        "<script>alert(1)</script>",
        ".. code:: html\n\n   <script>alert(1)</script>",
        ".. math::\n\n   <script>alert(1)</script>",
        '.. class:: x" onclick="alert(1)\n\nx',
        ".. meta::\n   :http-equiv=refresh: 0",
        ".. container:: x\n\n   <img src=x onerror=alert(1)>",
    ],
)
def test_dangerous_html_does_not_survive_restructuredtext(renderer: ReadmeRenderer, text: str) -> None:
    html = renderer.render(f"Text.\n\n{text}\n", _RST).html
    assert dangers_in(html) == []


@pytest.mark.parametrize(
    "text",
    [
        ".. include:: {file}",
        ".. include:: {file}\n   :literal:",
        ".. literalinclude:: {file}",
        ".. raw:: html\n   :file: {file}",
        ".. raw:: html\n\n   treasure",
        ".. csv-table::\n   :file: {file}",
        ".. code-block:: text\n   :file: {file}",
        ".. role:: raw-html(raw)\n   :format: html\n\n:raw-html:`treasure`",
    ],
)
def test_restructuredtext_cannot_include_files_or_raw_html(
    renderer: ReadmeRenderer, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("secret") / "file.txt"
    file.write_text("treasure")
    rendered = renderer.render(f"Text.\n\n{text.format(file=file)}\n", _RST)
    assert rendered.html.startswith("<pre>") if rendered.problem else "treasure" not in rendered.html


def test_settings_of_docutils_are_not_read_from_the_working_folder(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("working")
    (folder / "docutils.conf").write_text(
        "[general]\nraw_enabled: yes\nfile_insertion_enabled: yes\nhalt_level: 5\n"
    )
    monkeypatch.chdir(folder)
    assert ReadmeRenderer().render("Text.\n\n.. raw:: html\n\n   treasure\n", _RST).problem


def test_a_very_long_text_is_shown_as_plain_text(renderer: ReadmeRenderer) -> None:
    html = renderer.render("# *x* <b>\n" * 150_000, _MARKDOWN).html
    assert html.startswith("<pre># *x* &lt;b&gt;\n")


@pytest.fixture
def impatient() -> ReadmeRenderer:
    return ReadmeRenderer(limits=RenderingLimits(cpu_seconds=0.5))


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        (_MARKDOWN, '<pre lang="x"><code>' * 50_000),
        (_MARKDOWN, "> " * 50_000 + "x"),
        (_RST, ":a: b\n" * 20_000),
    ],
    ids=["unclosed-code", "deep-quotes", "many-fields"],
)
def test_a_slow_text_is_shown_as_plain_text_and_the_next_is_rendered(
    impatient: ReadmeRenderer, content_type: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        html = impatient.render(text, content_type).html
    assert html.startswith("<pre>")
    assert "shown as plain text" in caplog.text
    assert impatient.render("*next*", _MARKDOWN).html == "<p><em>next</em></p>\n"


def test_without_a_process_descriptions_are_shown_as_plain_text(caplog: pytest.LogCaptureFixture) -> None:
    assert ReadmeRenderer(python="/nowhere/python").render("*x*", _MARKDOWN).html == "<pre>*x*</pre>"
    assert "/nowhere/python" in caplog.text


def test_a_process_that_ended_for_want_of_work_is_started_again() -> None:
    renderer = ReadmeRenderer(limits=RenderingLimits(idle_seconds=0.1))
    for word in "xyz":
        assert renderer.render(f"*{word}*", _MARKDOWN).html == f"<p><em>{word}</em></p>\n"
        time.sleep(0.3)


def _doubling(levels: int) -> str:
    """Return a text whose substitutions stand for two to the power of *levels* words."""
    lines = [f".. |a{each}| replace:: |a{each - 1}| |a{each - 1}|" for each in range(levels, 0, -1)]
    return "\n".join([f"|a{levels}|", "", *lines, ".. |a0| replace:: x", ""])


def test_substitutions_that_expand_without_end_are_a_problem(renderer: ReadmeRenderer) -> None:
    rendered = renderer.render(_doubling(20), _RST)
    assert rendered.problem.startswith("The substitutions expand to more than 2000")


def test_substitutions_that_contain_each_other_are_a_problem(renderer: ReadmeRenderer) -> None:
    text = "|a|\n\n.. |a| replace:: |b|\n.. |b| replace:: |a|\n"
    assert "substitution" in renderer.render(text, _RST).problem.lower()


def test_substitutions_within_the_limit_are_expanded() -> None:
    text = _doubling(6)
    assert ReadmeRenderer().render(text, _RST).html.count("x") == 2**6
    few = ReadmeRenderer(limits=RenderingLimits(substitutions=100))
    assert "more than 100" in few.render(text, _RST).problem


@pytest.mark.parametrize("content_type", [_MARKDOWN, _RST])
def test_html_that_becomes_too_long_is_a_problem(content_type: str) -> None:
    brief = ReadmeRenderer(limits=RenderingLimits(longest_html=1000))
    assert "more than 1000 characters" in brief.render("*x* " * 200, content_type).problem
    assert brief.render("*x*", content_type).problem == ""


def test_a_text_that_takes_too_much_memory_has_a_problem(renderer: ReadmeRenderer) -> None:
    table = "|" + "a|" * 5000 + "\n|" + "-|" * 5000 + "\n" + "|a|\n" * 5000
    assert renderer.render(table, _MARKDOWN).problem == "rendering it takes too much memory"


def test_a_text_that_ran_out_of_time_has_a_problem_and_is_not_rendered_again(
    impatient: ReadmeRenderer, caplog: pytest.LogCaptureFixture
) -> None:
    text = '<pre lang="x"><code>' * 50_000
    with caplog.at_level(logging.WARNING):
        first, second = (impatient.render(text, _MARKDOWN) for _ in range(2))
    assert first.problem == "rendering it takes more than 0.5 seconds"
    assert second == first
    assert len(caplog.records) == 1


def test_a_text_that_was_rendered_lately_needs_no_process(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o700)
    renderer = ReadmeRenderer(python=str(python), limits=RenderingLimits(idle_seconds=0.1))
    first = renderer.render("*x*", _MARKDOWN)
    time.sleep(0.3)
    python.unlink()

    assert renderer.render("*x*", _MARKDOWN) == first
    assert renderer.render("*y*", _MARKDOWN).html == "<pre>*y*</pre>"


def test_a_slow_text_does_not_delay_others(tmp_path: Path) -> None:
    came, go = tmp_path / "came", tmp_path / "go"
    for each in (came, go):
        os.mkfifo(each)
    python = tmp_path / "python"
    python.write_text(
        f"""#!{sys.executable}
import json, sys
for line in sys.stdin:
    text = json.loads(line)["text"]
    if text == "slow":
        open({str(came)!r}, "w").close()
        open({str(go)!r}).close()
    print(json.dumps({{"html": text}}), flush=True)
"""
    )
    python.chmod(0o700)
    renderer = ReadmeRenderer(python=str(python), processes=2)
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(renderer.render, "slow", _MARKDOWN)
        came.open().close()
        assert renderer.render("quick", _MARKDOWN).html == "quick"
        assert not slow.done()
        go.open("w").close()
        assert slow.result().html == "slow"


HEADED = {
    _MARKDOWN: "# Title\n\n## Part\n\nText\n",
    _RST: "Title\n=====\n\nText\n\nPart\n----\n\n.. contents::\n\nText\n\nOther\n-----\n\nText\n",
}


@pytest.mark.parametrize("content_type", HEADED)
def test_headings_have_no_empty_links(renderer: ReadmeRenderer, content_type: str) -> None:
    html = renderer.render(HEADED[content_type], content_type).html

    assert "></a>" not in html
    assert 'id="user-content-title"' in html


def test_an_anchor_that_others_link_to_is_kept(renderer: ReadmeRenderer) -> None:
    html = renderer.render('<a id="here" href="#x"></a> and [there](#here)', _MARKDOWN).html

    assert '<a id="here"></a>' in html


@pytest.mark.parametrize(
    ("text", "content_type"),
    [
        ("```python\nimport os  # now\n```\n", _MARKDOWN),
        (".. code-block:: python\n\n   import os  # now\n", _RST),
    ],
)
def test_code_has_classes_for_colors_and_no_lang_attribute(
    renderer: ReadmeRenderer, text: str, content_type: str
) -> None:
    html = renderer.render(text, content_type).html

    assert " lang=" not in html
    assert '<pre class="code python' in html
    assert '<span class="kn">import</span>' in html


@pytest.mark.parametrize(
    "text",
    [
        "```c++\nint x;\n```",
        "```weird<>&\nx\n```",
        '<pre lang="de">Hallo</pre>',
        '<pre lang="x" class="y" id="z">x</pre>',
        "```console\n$ ls\n```",
    ],
)
def test_no_language_of_code_stands_where_languages_of_people_do(renderer: ReadmeRenderer, text: str) -> None:
    html = renderer.render(text, _MARKDOWN).html

    assert " lang=" not in html
    assert html.startswith("<pre")
    assert dangers_in(html) == []


def test_text_that_looks_like_markup_stays_text(renderer: ReadmeRenderer) -> None:
    text = '`<pre lang="x">` and `<a href="#y"></a>` and [x](https://a.example "<pre lang=\'x\'>")'

    html = renderer.render(text, _MARKDOWN).html

    assert "&lt;pre lang=" in html
    assert "&lt;/a&gt;" in html
