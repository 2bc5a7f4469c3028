"""
Check every link of a site of HTML files: ``python tools/check_site.py docs/_build/html``.

A link inside the site leads to a file and, where it names one, to an anchor.  Every page can be
reached from the front page.  Nothing is loaded from another host: no script, style, font or image.
No request is sent.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FRONT_PAGE = "index.html"

# A style sheet loads what these name.
_LOADED_BY_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s;]+)""")
# Elements that only lead somewhere; everything else that has an address loads it.
_LEADS = frozenset({"a", "area", "form"})
_LINKS_THAT_LEAD = frozenset({"canonical", "next", "prev", "search", "index"})


class Page(HTMLParser):
    """The anchors of a page, where it leads, and what it loads."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.leads: list[str] = []
        self.loads: list[str] = []
        self._in_style = False
        self.feed(content)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note what a tag names."""
        values = {name: value or "" for name, value in attributes}
        self._in_style = tag == "style"
        self.anchors |= {values[name] for name in ("id", "name") if values.get(name)}
        only_leads = tag in _LEADS or (tag == "link" and values.get("rel") in _LINKS_THAT_LEAD)
        for name in ("href", "src", "action", "poster", "data", "xlink:href"):
            if name in values:
                (self.leads if only_leads else self.loads).append(values[name])
        self.loads += [each.split()[0] for each in values.get("srcset", "").split(",") if each.strip()]
        self.loads += _LOADED_BY_STYLE.findall(values.get("style", ""))

    def handle_data(self, data: str) -> None:
        """Note what a style sheet inside of the page loads."""
        if self._in_style:
            self.loads += _LOADED_BY_STYLE.findall(data)


def check(site: Path) -> Iterator[str]:
    """Yield a sentence for everything that is wrong with the site in the folder *site*."""
    reached = {site / FRONT_PAGE}
    waiting = [site / FRONT_PAGE]
    while waiting:
        page = waiting.pop()
        for link in _page(page).leads + _page(page).loads:
            target = _target(page, link)
            if target and target.suffix == ".html" and target.is_file() and target not in reached:
                reached.add(target)
                waiting.append(target)
    for page in sorted(site.rglob("*.html")):
        if page not in reached:
            yield f"{page.relative_to(site)} cannot be reached from {FRONT_PAGE}."
        yield from _faults(site, page)
    for style in sorted(site.rglob("*.css")):
        for loaded in _LOADED_BY_STYLE.findall(style.read_text(encoding="utf-8")):
            yield from _fault_of_load(site, style, loaded)


def _faults(site: Path, page: Path) -> Iterator[str]:
    for link in _page(page).loads:
        yield from _fault_of_load(site, page, link)
    for link in _page(page).leads:
        if (target := _target(page, link)) is None:
            continue
        anchor = unquote(urlsplit(link).fragment)
        where = f"{page.relative_to(site)} links to {link}"
        if not target.is_file():
            yield f"{where}, but there is no such file."
        elif not target.resolve().is_relative_to(site.resolve()):
            yield f"{where}, which is outside the site."
        elif anchor and target.suffix == ".html" and anchor not in _page(target).anchors:
            yield f"{where}, but that page has no such anchor."


def _fault_of_load(site: Path, source: Path, link: str) -> Iterator[str]:
    where = f"{source.relative_to(site)} loads {link}"
    if link.startswith(("data:", "#")):
        return
    if (target := _target(source, link)) is None:
        yield f"{where}, which is on another host."
    elif not target.is_file():
        yield f"{where}, but there is no such file."


def _target(source: Path, link: str) -> Path | None:
    """Return the file that *link* names, or nothing if it leads out of the site."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = source.parent / unquote(parts.path) if parts.path else source
    return Path(target, FRONT_PAGE) if parts.path.endswith("/") else target.resolve()


@cache
def _page(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def main() -> int:
    """Print what is wrong with the site that the first argument names; return an exit code."""
    site = Path(sys.argv[1]).resolve()
    faults = list(check(site))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
