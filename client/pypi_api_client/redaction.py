"""Take secrets out of errors: an index may repeat them in what it says of a failure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from pypi_api_client.errors import ClientError, Refused
from pypi_api_client.problems import ProblemDocument

REDACTED = "***"
# Anything shorter is part of many words: redacting those would tell more than it hides.
_SHORTEST = 4
# What ends a text that was too long, perhaps inside a secret.
_CUT = "…"


@contextmanager
def redacting(secrets: Collection[str]) -> Iterator[None]:
    """Take *secrets*, in whatever notation, out of a `ClientError` that is raised."""
    try:
        yield
    except ClientError as error:
        forms = _forms(secrets)
        error.args = tuple(_without(each, forms) for each in error.args)
        if isinstance(error, Refused):
            error.sentence = _without(error.sentence, forms)
            content = _without(msgspec.to_builtins(error.problem), forms)
            error.problem = msgspec.convert(content, ProblemDocument)
        raise


def secrets_of(authorization: str | None) -> tuple[str, ...]:
    """Return the secrets in a header ``Authorization: Basic``: what is encoded, and the password in it."""
    if authorization is None:
        return ()
    encoded = authorization.rpartition(" ")[2]
    try:
        decoded = base64.b64decode(encoded).decode()
    except (binascii.Error, UnicodeDecodeError):
        return (encoded,)
    return (encoded, decoded.partition(":")[2])


def _forms(secrets: Collection[str]) -> list[str]:
    forms = {
        form
        for each in secrets
        if len(each) >= _SHORTEST
        # Where a text is made one line, so are the spaces in it.
        for form in (each, " ".join(each.split()), quote(each, safe=""), quote_plus(each))
    }
    # One may be part of another.
    return sorted(forms, key=len, reverse=True)


def _without(value: Any, forms: Collection[str]) -> Any:
    if isinstance(value, str):
        return _text_without(value, forms)
    if isinstance(value, dict):
        return {_text_without(key, forms): _without(each, forms) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without(each, forms) for each in value]
    return value


def _text_without(text: str, forms: Collection[str]) -> str:
    for form in forms:
        text = text.replace(form, REDACTED)
    if not text.endswith(_CUT):
        return text
    whole = text.removesuffix(_CUT)
    for form in forms:
        for length in range(len(form) - 1, _SHORTEST - 1, -1):
            if whole.endswith(form[:length]):
                return f"{whole[:-length]}{REDACTED}{_CUT}"
    return text
