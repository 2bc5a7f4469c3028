"""Forms of the legacy upload API, good and bad, and what was published with them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import msgspec
from packaging.utils import canonicalize_name

from pypi_conformance.distributions import Distribution, build_sdist, build_wheel

BOUNDARY = "conformance-kit-7d1f0c"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"

Field = tuple[str, str]


_REFUSED = "2"


class Publication(msgspec.Struct, kw_only=True):
    """The project that the kit publishes, under a name of its own."""

    name: str
    wheel: Distribution
    sdist: Distribution
    refusals: int = 0

    def to_be_refused(self) -> str:
        """
        Return a version that was never used.

        Each bad upload has its own: else one that is taken by mistake would be the reason why the
        next is refused.
        """
        self.refusals += 1
        return f"{_REFUSED}.{self.refusals}"

    def should_not_be(self, filename: str) -> bool:
        """Return whether a file is of a version that was to be refused."""
        return f"-{_REFUSED}." in filename

    @property
    def project(self) -> str:
        """Return the normalised name."""
        return str(canonicalize_name(self.name))


def new_publication() -> Publication:
    """Return what is to be published, under a fresh name."""
    name = f"Conformance.Kit-{secrets.token_hex(5)}"
    return Publication(name=name, wheel=build_wheel(name, "1.0"), sdist=build_sdist(name, "1.0"))


def fields_of(distribution: Distribution) -> list[Field]:
    """Return the text fields of a form, in the order in which twine sends them."""
    return [
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("filetype", distribution.filetype),
        ("pyversion", distribution.python_version),
        *distribution.fields,
        *distribution.digests.items(),
    ]


def changed(fields: Iterable[Field], name: str, value: str | None) -> list[Field]:
    """Return *fields* with another value of one of them, or without it."""
    kept = [each for each in fields if each[0] != name]
    return kept if value is None else [*kept, (name, value)]


def form(fields: Iterable[Field], filename: str | None, content: bytes = b"") -> bytes:
    """Return a form; without *filename* it has no file."""
    parts = [_part(f'name="{name}"', value.encode()) for name, value in fields]
    if filename is not None:
        disposition = f'name="content"; filename="{filename}"\r\nContent-Type: application/octet-stream'
        parts.append(_part(disposition, content))
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def form_of(distribution: Distribution) -> bytes:
    """Return the form that publishes a distribution."""
    return form(fields_of(distribution), distribution.filename, distribution.content)


def _part(disposition: str, content: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
    return head.encode() + content + b"\r\n"
