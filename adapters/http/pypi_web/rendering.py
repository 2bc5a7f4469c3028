"""From what a page shows to HTML, or to JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_compact_decimal, format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from litestar import Response
from markupsafe import Markup
from packaging.utils import canonicalize_name
from packaging.version import Version

from pypi_core.domain.blob_keys import file_path
from pypi_web.contexts import AnyRequest, PageContext
from pypi_web.policies import page_headers
from pypi_web.statics import VERSIONS
from pypi_web.translations import direction_of, locale_of, translations_of


def html_page(
    context: PageContext,
    template: str,
    view: object = None,
    *,
    status: int = 200,
    remote_images: bool = False,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> Response[str]:
    """
    Return *template* rendered, which sees *context*, *view* and *values*.

    *remote_images* lets the browser load images of other hosts; *headers* are added to those of all pages.
    """
    return Response(
        render(context, template, view=view, **values),
        status_code=status,
        media_type="text/html",
        headers={**page_headers(context.base_url, remote_images=remote_images), **(headers or {})},
    )


def page_or_json(
    request: AnyRequest,
    context: PageContext,
    template: str,
    view: msgspec.Struct,
    *,
    status: int = 200,
    remote_images: bool = False,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> Response[str] | Response[bytes]:
    """Return what `html_page` does, or *view* alone as JSON where the query says ``format=json``."""
    if request.query_params.get("format") != "json":
        return html_page(
            context,
            template,
            view,
            status=status,
            remote_images=remote_images,
            headers=headers,
            **values,
        )
    return json_page(context, view, status=status)


def json_page(context: PageContext, view: object, *, status: int = 200) -> Response[bytes]:
    """Return *view* as JSON, readable by pages of other sites where the index is public."""
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=0, must-revalidate"}
    if context.is_for_crawlers:
        headers["Access-Control-Allow-Origin"] = "*"
    body = msgspec.json.encode(view, enc_hook=_encoded)
    return Response(body, status_code=status, media_type="application/json", headers=headers)


def render(context: PageContext, template: str, **values: object) -> str:
    """Return the HTML of *template* in the language of *context*."""
    # The box at the top shows the words of a search.
    values.setdefault("words", "")
    return _environment(context.language).get_template(template).render(context=context, **values)


def _host(url: str) -> str:
    """Return the host that a link leads to, for people to see before they follow it."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _encoded(value: object) -> object:
    if isinstance(value, Version | Markup):
        return str(value)
    raise NotImplementedError(f"{type(value)} has no form in JSON")


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("pypi_web"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    translations = translations_of(language)
    # The extension adds these methods when it is loaded.
    installed: Any = environment
    installed.install_gettext_translations(translations, newstyle=True)
    formats = _Formats(locale_of(language))
    environment.filters |= {
        "number": formats.number,
        "compact": formats.compact,
        "size": formats.size,
        "day": formats.day,
        "moment": formats.moment,
        "normal": canonicalize_name,
        "host": _host,
        "path": lambda file: quote(file_path(file.digests, file.filename)),
    }
    environment.globals |= {"direction": direction_of(language), "versions": VERSIONS}
    return environment


class _Formats:
    """How numbers and times are written in one language."""

    def __init__(self, locale: Locale) -> None:
        # Without a country it would be month, day and year.
        self._locale = Locale("en", "GB") if locale.language == "en" else locale

    def number(self, value: int) -> str:
        return format_decimal(value, locale=self._locale)

    def compact(self, value: int) -> str:
        """Return a large number in few digits, as in ``12K``."""
        return format_compact_decimal(value, locale=self._locale, fraction_digits=1 if value < 10_000 else 0)

    def size(self, count: int) -> str:
        size, unit = float(count), "bytes"
        for unit in ("bytes", "kB", "MB", "GB", "TB"):
            if size < 1000 or unit == "TB":
                break
            size /= 1000
        places = "0" if unit == "bytes" else "0.0"
        return f"{format_decimal(size, format=places, locale=self._locale)} {unit}"

    def day(self, moment: datetime) -> str:
        return format_date(moment, "d MMMM y", locale=self._locale)

    @pass_context
    def moment(self, context: Context, moment: datetime) -> Markup:
        """Return how long ago a moment is, with the exact time for whoever points at it."""
        now: datetime = context["context"].now
        ago = format_timedelta(moment - now, add_direction=True, locale=self._locale)
        exact = format_datetime(moment, "d MMMM y, HH:mm 'UTC'", locale=self._locale)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            moment.isoformat(timespec="seconds"), exact, ago
        )
