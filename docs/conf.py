"""
How Sphinx makes a site of ``docs/``; ``make docs`` runs it.

The pages stay plain Markdown that reads well in a forge.  So what only the site needs is added here
while it reads them: the navigation, and the pages that lie outside ``docs/``.
"""

from __future__ import annotations

import inspect
import re
import sys
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import msgspec
from sphinx.util.typing import stringify_annotation

from pypi_api_client import Client
from pypi_core import __version__

if typing.TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).parent
ROOT = DOCS.parent

project = "pypi-core"
author = "the pypi-core authors"
version = release = __version__
root_doc = "index"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_heading_anchors = 4
# Our docstrings write `names` in single backticks.
default_role = "code"
# Quotes in examples are those to type.
smartquotes_action = "D"
add_module_names = False
# What a class takes is described where it takes it.
autoclass_content = "both"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 90
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = f"pypi-core {version}"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_favicon = "../adapters/http/pypi_web/static/icon.svg"
html_logo = html_favicon
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_use_index = False
html_domain_indices = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f5fa8", "color-brand-content": "#1f5fa8"},
    "dark_css_variables": {"color-brand-primary": "#7db4f0", "color-brand-content": "#7db4f0"},
}

# The parts of the site: the heading in the navigation, and the pages in order.
PARTS = {
    "Tutorials": ["tutorials/first-index"],
    "How-to guides": [
        "how-to/run-a-server",
        "how-to/run-behind-a-proxy",
        "how-to/let-people-log-in",
        "how-to/run-on-several-machines",
        "how-to/use-postgresql",
        "how-to/keep-files-in-s3",
        "how-to/choose-a-search-engine",
        "how-to/move-between-backends",
        "how-to/back-up",
        "how-to/upgrade-without-downtime",
        "how-to/watch-a-server",
        "how-to/size-a-machine",
        "how-to/run-projects",
        "how-to/install-pypi-cli",
        "how-to/install-without-a-network",
        "how-to/mirror-an-index",
        "how-to/embed-the-core",
    ],
    "Reference": [
        "reference/pypi-cli",
        "reference/pypi-server",
        "reference/settings",
        "reference/metrics",
        "reference/python-client",
        "reference/client-api",
        "reference/json-rpc",
        "reference/errors",
        "reference/change-feed",
        "reference/documentation",
        "reference/distribution-cache",
        "reference/feeds",
        "reference/web-pages",
        "reference/xml-rpc",
        "reference/conformance",
        "reference/standards/README",
    ],
    "Explanation": [
        "explanation/architecture",
        "explanation/validation",
        "explanation/security",
        "explanation/performance",
        "explanation/download-statistics",
        "explanation/choosing",
        "explanation/dependencies",
        "adr/README",
    ],
    "The protocol": ["protocol/README"],
    "The project": ["project/contributing", "project/security", "project/changelog"],
}

# Pages that list the others in their folder, which is the order of the navigation too.
LISTING = frozenset({"reference/standards/README", "protocol/README", "adr/README"})

# What the page of the client's API has in place of the records.
RECORDS = "<!-- records -->"

# Pages whose text lies outside of docs/, by their place on the site.
OUTSIDE = {
    "project/changelog": "CHANGELOG.md",
    "project/contributing": "CONTRIBUTING.md",
    "project/security": "SECURITY.md",
}
_LINK = re.compile(r"\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def read_page(app: Sphinx, name: str, source: list[str]) -> None:
    """Replace or complete what Sphinx has read for the page *name*."""
    page = DOCS / f"{name}.md"
    if outside := OUTSIDE.get(name):
        page = ROOT / outside
        app.env.note_dependency(str(page))
        source[0] = page.read_text(encoding="utf-8")
    source[0] = source[0].replace(RECORDS, _records()) if RECORDS in source[0] else source[0]
    linked = [each[2] for each in _LINK.finditer(source[0])]
    source[0] = _LINK.sub(lambda link: _on_site(link, page, name), source[0])
    if name == root_doc:
        source[0] += "".join(_navigation(pages, f":caption: {part}") for part, pages in PARTS.items())
    elif name in LISTING:
        beside = [each for each in dict.fromkeys(linked) if each.endswith(".md") and "/" not in each]
        source[0] += _navigation(each.removesuffix(".md") for each in beside)


def _on_site(link: re.Match[str], page: Path, name: str) -> str:
    """Return a link of *page* as it has to be on the site, its text alone if it leads to no page there."""
    text, path, anchor = link[1], link[2], link[3] or ""
    target = (page.parent / path).resolve()
    if "://" in path or not target.is_relative_to(ROOT):
        return link[0]
    inside = target.relative_to(ROOT).as_posix()
    places = {file: f"{place}.md" for place, file in OUTSIDE.items()}
    place = inside.removeprefix("docs/") if inside.startswith("docs/") else places.get(inside)
    if place is None:
        return text
    up = "../" * len(PurePosixPath(name).parent.parts)
    return f"[{text}]({up}{place}{anchor})"


def _navigation(pages: Iterable[str], *options: str) -> str:
    return "\n".join(["\n", "```{toctree}", ":hidden:", ":titlesonly:", *options, "", *pages, "```", ""])


def _records() -> str:
    """Return the directives that describe the records which operations of the client take and return."""
    found: dict[str, type[msgspec.Struct]] = {}
    for operation in vars(Client).values():
        if inspect.isfunction(operation) and not operation.__name__.startswith("_"):
            scope = vars(sys.modules[operation.__module__])
            signature = inspect.signature(operation)
            annotations = [
                signature.return_annotation,
                *(each.annotation for each in signature.parameters.values()),
            ]
            for name in re.findall(r"\w+", str(annotations)):
                found |= {each.__name__: each for each in _structs(scope.get(name))}
    directives = [f".. autoclass:: {each.__module__}.{name}" for name, each in sorted(found.items())]
    return "\n".join(["```{eval-rst}", *directives, "```"])


def _structs(kind: object) -> Iterator[type[msgspec.Struct]]:
    """Yield the records that *kind* is, has as fields, or is made of."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
        for field in typing.get_type_hints(kind).values():
            yield from _structs(field)
    for argument in typing.get_args(kind):
        yield from _structs(argument)


def describe_fields(
    _app: Sphinx, _what: str, _name: str, described: object, _options: object, lines: list[str]
) -> None:
    """Add the fields of a record to its docstring: their types, and what the protocol says about them."""
    if isinstance(described, type) and issubclass(described, msgspec.Struct):
        types, annotated = (
            typing.get_type_hints(described),
            typing.get_type_hints(described, include_extras=True),
        )
        lines.append("")
        for field in described.__struct_fields__:
            notes = [each.description or "" for each in getattr(annotated[field], "__metadata__", ())]
            lines.append(f":param {field}: {' '.join(notes)}".rstrip())
            lines.append(f":type {field}: {stringify_annotation(types[field], 'smart')}")


def leave_out_fields(
    _app: Sphinx, _what: str, _name: str, described: object, *_rest: object
) -> tuple[str, None] | None:
    """Return a record's signature without its fields, which have lines of their own."""
    is_record = isinstance(described, type) and issubclass(described, msgspec.Struct)
    return ("", None) if is_record else None


def setup(app: Sphinx) -> None:
    """Connect what this file adds."""
    app.connect("source-read", read_page)
    app.connect("autodoc-process-docstring", describe_fields)
    app.connect("autodoc-process-signature", leave_out_fields)
