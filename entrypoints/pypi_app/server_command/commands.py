"""The commands of ``pypi-server``, and where each is; none is loaded here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

RUN: Final = "Run"
LOOK_AFTER: Final = "Look after what is stored"
MANAGE: Final = "Manage"


class Command(NamedTuple):
    """
    A command of the first level.

    ``names`` are its own and others it goes by, ``function`` is where it is in this package;
    ``summary`` is the beginning of its help, so that the list of commands loads none of them.
    """

    group: str
    names: tuple[str, ...]
    function: str
    summary: str


COMMANDS: Final[tuple[Command, ...]] = (
    Command(RUN, ("serve",), "run:serve", "Serve the index until Ctrl+C or SIGTERM."),
    Command(
        RUN, ("work",), "run:work", "Do what uploads leave to do: index for search, render pages, sweep."
    ),
    Command(RUN, ("migrate",), "run:migrate", "Create the database's tables or bring them up to date."),
    Command(LOOK_AFTER, ("check",), "upkeep:check", "Look for files whose bytes are missing or changed."),
    Command(LOOK_AFTER, ("sweep",), "upkeep:sweep", "Free the bytes that no index lists."),
    Command(LOOK_AFTER, ("search",), "searches:searches", "Look after what finds projects by words."),
    Command(LOOK_AFTER, ("audit",), "audit:audit", "Print who did what, the newest first."),
    Command(MANAGE, ("index",), "indexes:indexes", "Create, list and configure the indexes of this server."),
    Command(MANAGE, ("project",), "projects:projects", "Change the status and releases of projects."),
    Command(MANAGE, ("role",), "roles:roles", "List, grant and revoke the roles of a project."),
    Command(
        MANAGE,
        ("user", "users"),
        "users:users",
        "Create, list, disable and delete accounts, and change passwords.",
    ),
    Command(MANAGE, ("token", "tokens"), "tokens:tokens", "Create, list and revoke API tokens."),
)
"""All of them, in the order of the list."""

_OTHER_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "project roles": "role list",
        "project grant": "role grant",
        "project revoke": "role revoke",
        **{name: command.names[0] for command in COMMANDS for name in command.names[1:]},
    }
)


def own_name(words: Sequence[str]) -> str:
    """Return the name of the command that *words* call, whichever of its names they are."""
    called = " ".join(words)
    for other, own in _OTHER_NAMES.items():
        if called == other or called.startswith(f"{other} "):
            return own + called.removeprefix(other)
    return called
