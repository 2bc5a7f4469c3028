"""Project-URL, Home-page and Download-URL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from pypi_core.domain.metadata.problems import invalid
from pypi_protocol.errors import Problem

_LONGEST_LABEL = 32
_NOT_IN_URLS = re.compile(r"[\s\x00-\x1f\x7f]")


def split_project_url(value: str) -> tuple[str, str]:
    """Return label and URL, each empty where *value* has none."""
    label, _, url = value.partition(",")
    return label.strip(), url.strip()


def project_url_problems(values: Iterable[str]) -> Iterator[Problem]:
    """Yield what is wrong with values of Project-URL, each a label, a comma and a URL."""
    labels = set()
    for value in values:
        label, url = split_project_url(value)
        if not label or not url:
            why = "Give a label, a comma and a URL, as in 'Source, https://index.example/source'."
        elif len(label) > _LONGEST_LABEL:
            why = f"Use at most {_LONGEST_LABEL} characters for the label."
        elif label in labels:
            why = f"Another one is labelled {label!r}: use a label once."
        else:
            why = _why_no_url(url)
        if why:
            yield invalid("project_urls", value, why)
        labels.add(label)


def url_problems(form_name: str, value: str) -> Iterator[Problem]:
    """Yield what is wrong with a value of Home-page or Download-URL."""
    if why := _why_no_url(value.strip()):
        yield invalid(form_name, value, why)


def _why_no_url(url: str) -> str:
    # Taking a URL apart drops line breaks without a word.
    if _NOT_IN_URLS.search(url):
        return "White space and control characters are not allowed in URLs."
    try:
        parts = urlsplit(url)
    except ValueError:
        return "This is not a URL."
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return "Use a URL that starts with https:// or http://."
    return ""
