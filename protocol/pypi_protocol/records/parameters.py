"""What parameters and results of several methods have in common."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

ProjectName = Annotated[str, Meta(description="The project's name in any spelling.")]

VersionText = Annotated[str, Meta(description="The version in any spelling.")]

Filename = Annotated[str, Meta(description="The name of the file.")]

Reason = Annotated[str, Meta(description="Why, in one line; empty for no reason given.")]

Cursor = Annotated[
    str | None, Meta(description="The `next` of the page before; null or absent for the first page.")
]

Next = Annotated[str | None, Meta(description="The cursor of the page that follows; null where none does.")]


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Parameters of a method, in their order; a client does not send those at their defaults."""


class NoParameters(Parameters, frozen=True):
    """A method that takes none."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """Something was changed; what is read from now on shows it."""

    serial: Annotated[
        int, Meta(description="That of the newest journal entry; as before if nothing had to change.")
    ]
