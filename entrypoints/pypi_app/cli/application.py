"""All commands of ``pypi-cli``; a command's module is loaded when it is run."""

from __future__ import annotations

from cyclopts import App, Group, Parameter

import pypi_core

_HELP = """
Find, download and publish Python packages, and keep an index in order.

Name the index with --index, by its URL or the name your configuration gives it, or once and for all in
the environment variable PYPI_REPOSITORY. Without either it is http://127.0.0.1:8080/, an index on this
machine. It may be any index: what only ours can do is said where it is missing.

pypi-cli login keeps a token for an index. Scripts give it with --token-file FILE (- reads standard
input) or in PYPI_TOKEN; it never stands on the command line, where other users could see it.

Results go to standard output, all else to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not
found, 4 refused, 5 conflict, 6 network, 7 nothing matched, 8 not offered by this index.
"""

FIND = Group("Find and download", sort_key=1)
PUBLISH = Group("Publish", sort_key=2)
MANAGE = Group("Manage", sort_key=3)
SET_UP = Group("Set up", sort_key=4)

_COMMANDS: tuple[tuple[Group, tuple[str, ...], str], ...] = (
    (FIND, ("search",), "search:search"),
    (FIND, ("info",), "info:info"),
    (FIND, ("versions",), "versions:versions"),
    (FIND, ("files",), "versions:files"),
    (FIND, ("download",), "download:download"),
    (FIND, ("cache",), "cache:app"),
    (FIND, ("status",), "status:status"),
    (FIND, ("changes",), "changes:changes"),
    (PUBLISH, ("check",), "check:check"),
    (PUBLISH, ("upload",), "upload:upload"),
    (PUBLISH, ("upload-metadata",), "upload_metadata:upload_metadata"),
    (PUBLISH, ("upload-docs",), "upload_docs:upload_docs"),
    (MANAGE, ("project",), "project:app"),
    (MANAGE, ("hide", "yank"), "hide:hide"),
    (MANAGE, ("unhide", "unyank"), "hide:unhide"),
    (MANAGE, ("token",), "token:app"),
    (SET_UP, ("login",), "login:login"),
    (SET_UP, ("logout",), "login:logout"),
    (SET_UP, ("whoami",), "login:whoami"),
    (SET_UP, ("index",), "index:app"),
    (SET_UP, ("config",), "config:app"),
    (SET_UP, ("completion",), "completion:completion"),
)

COMMANDS = frozenset(name for _group, names, _function in _COMMANDS for name in names)
"""The first words of all commands."""


def build_application(*, listing: bool = False) -> App:
    """
    Return the app, without the options that every command has.

    With *listing* all commands are loaded, so that the list of them tells what each does.
    """
    application = App(
        name="pypi-cli",
        help="\n\n".join(" ".join(each.split()) for each in _HELP.split("\n\n")),
        version=pypi_core.__version__,
        # Reading Markdown takes longer than everything else that the list needs.
        help_format="plaintext" if listing else "markdown",
        default_parameter=Parameter(negative=()),
        result_action="return_value",
        print_error=False,
        exit_on_error=False,
    )
    for group, names, function in _COMMANDS:
        application.command(f"pypi_app.cli.commands.{function}", name=names, group=group)
    if listing:
        for name in application:
            _ = application[name]
    return application
