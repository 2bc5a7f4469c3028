"""Paths and anchors in ``docs/`` that code, tests and other pages cite lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STANDARDS = ROOT / "docs" / "reference" / "standards"
FOLDERS = ("pypi_core", "protocol", "adapters", "client", "entrypoints", "tests", "tools", "benchmarks")

_CITATION = re.compile(r"docs/[a-z-]+/(?:[\w-]+/)*[\w-]+\.md(?:#[\w-]+)?")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_PATH = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./*-]+)`")
_HEADING = re.compile(r"#{1,6} +(.+)")
_ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')


def slug(heading: str) -> str:
    """Return the anchor that forges and the site make of a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def prose(page: Path) -> Iterator[str]:
    """Yield the lines of a page that are not code."""
    fence = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        opening = re.match(r" *(```+|~~~+)", line)
        if fence:
            fence = "" if line.strip() == fence else fence
        elif opening:
            fence = opening[1]
        else:
            yield line


@cache
def anchors(page: Path) -> frozenset[str]:
    found: dict[str, int] = {}
    named: set[str] = set()
    for line in prose(page):
        named |= set(_ANCHOR.findall(line))
        if heading := _HEADING.fullmatch(line):
            anchor = slug(heading[1])
            repeated = found.setdefault(anchor, 0)
            found[anchor] += 1
            named.add(f"{anchor}-{repeated}" if repeated else anchor)
    return frozenset(named)


def leads_somewhere(target: Path, anchor: str) -> bool:
    return target.exists() and (not anchor or anchor in anchors(target))


def citations() -> list[tuple[str, str]]:
    sources = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    return sorted(
        {
            (str(path.relative_to(ROOT)), citation)
            for path in sources
            for citation in _CITATION.findall(path.read_text(encoding="utf-8"))
        }
    )


CITATIONS = citations()
PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "changes" / "README.md"]


@pytest.mark.parametrize(("source", "citation"), CITATIONS, ids=str)
def test_a_citation_in_code_leads_to_a_page_and_an_anchor(source: str, citation: str) -> None:
    page, _, anchor = citation.partition("#")

    assert leads_somewhere(ROOT / page, anchor), f"{source} cites {citation}"


def test_a_citation_of_a_standard_names_an_anchor() -> None:
    bare = [each for each in CITATIONS if "/standards/" in each[1] and "#" not in each[1]]

    assert not bare


def test_every_page_of_the_standards_is_listed() -> None:
    listed = set(_LINK.findall((STANDARDS / "README.md").read_text(encoding="utf-8")))

    assert {page.name for page in STANDARDS.glob("*.md")} <= {*listed, "README.md"}


def test_cases_of_nasty_inputs_are_numbered_without_a_gap() -> None:
    numbers = [int(each[5:]) for each in anchors(STANDARDS / "nasty-inputs.md") if each.startswith("case-")]

    assert sorted(numbers) == list(range(1, 71))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_relative_link_leads_to_a_file_and_an_anchor(page: Path) -> None:
    broken = []
    for link in _LINK.findall("\n".join(prose(page))):
        path, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = (page.parent / path).resolve() if path else page
        if not leads_somewhere(target, anchor if target.suffix == ".md" else ""):
            broken.append(link)

    assert not broken


# A decision is not edited once it is made, whatever moves later.
@pytest.mark.parametrize(
    "page",
    [each for each in PAGES if "adr" not in each.parts and each.name != "CHANGELOG.md"],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_a_path_on_a_page_is_in_the_repository(page: Path) -> None:
    paths = _PATH.findall(page.read_text(encoding="utf-8"))

    assert [path for path in paths if not any(ROOT.glob(path.rstrip("/")))] == []
