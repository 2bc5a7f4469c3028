"""
The languages of the pages.

English is what the templates are written in; every other language is a catalogue ``<language>.po`` in this
folder, read by Babel when the first page asks for it.  What a catalogue lacks is said in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from pypi_http_api.headers.preferences import weighted_elements

DEFAULT_LANGUAGE: Final = "en"
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "de": "Deutsch"}
"""The languages that there are, by what browsers call them."""


def preferred_language(accept_language: str) -> str:
    """Return the language that a browser's ``Accept-Language`` prefers among those that there are."""
    weights: dict[str, int] = {}
    for tag, weight in weighted_elements(accept_language):
        language = tag.partition("-")[0]
        weights[language] = max(weight, weights.get(language, 0))
    known = [each for each in weights if each in LANGUAGES and weights[each]]
    return max(known, key=lambda each: weights[each], default=DEFAULT_LANGUAGE)


@cache
def translations_of(language: str) -> NullTranslations:
    """Return the messages of one of `LANGUAGES`."""
    if language == DEFAULT_LANGUAGE:
        return NullTranslations()
    with files(__name__).joinpath(f"{language}.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


@cache
def locale_of(language: str) -> Locale:
    """Return how numbers and times are written."""
    return Locale.parse(language)


def direction_of(language: str) -> str:
    """Return in which direction a language is written, ``ltr`` or ``rtl``."""
    return locale_of(language).text_direction
