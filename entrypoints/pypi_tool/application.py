"""All commands of ``pypi-cli``; a command's module is loaded when it is run."""

from __future__ import annotations

from typing import NamedTuple

from cyclopts import App, Group, Parameter

import pypi_core

INTRODUCTION = """
Find, download and publish Python packages, and manage the projects of an index.

Name the index with --index: its URL, or a name from your configuration. PYPI_REPOSITORY in the environment,
or pypi-cli config set index, names it once and for all. Without any of these it is http://127.0.0.1:8080/, an
index on this machine. Any package index will do; what it does not offer, a command says.

pypi-cli login keeps a token for an index. Scripts give it with --token-file FILE (- reads standard input) or
in PYPI_TOKEN. A token is never given on the command line, where other users could see it. PYPI_TOKEN is for
the index that PYPI_REPOSITORY names, or else for the one that a command that writes names with --index;
--token-from-env NAME says so of any variable. It is sent to no other index.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage,
3 not found, 4 refused, 5 conflict, 6 network, 7 nothing matched, 8 not offered by this index.

```
pypi-cli search http client
pypi-cli upload dist/*
pypi-cli help upload
```
"""
"""The beginning of the page that lists all commands."""

FIND = Group("Find and download", sort_key=1)
PUBLISH = Group("Publish", sort_key=2)
MANAGE = Group("Manage", sort_key=3)
SET_UP = Group("Set up", sort_key=4)


class Command(NamedTuple):
    """
    A command of the first level.

    ``names`` are its own and others it goes by, ``function`` is where it is below ``commands``.
    ``summary`` is the beginning of its help, repeated here so that the list of commands need load none.
    """

    group: Group
    names: tuple[str, ...]
    function: str
    summary: str


COMMANDS: tuple[Command, ...] = (
    Command(
        FIND, ("search",), "search:search", "Find projects by words, by single fields and by classifiers."
    ),
    Command(FIND, ("info", "show", "view"), "info:info", "Show what the index knows of a project."),
    Command(FIND, ("versions",), "versions:versions", "List the versions of a project, the newest first."),
    Command(
        FIND,
        ("open",),
        "open:open_page",
        "Open the page of a project in a browser, or its documentation, its repository or its home page.",
    ),
    Command(
        FIND,
        ("files",),
        "versions:files",
        "List the files of a project, or of one of its versions, with sizes and SHA-256.",
    ),
    Command(
        FIND,
        ("download",),
        "download:download",
        "Download distributions with all that they depend on: one file of each project.",
    ),
    Command(
        FIND,
        ("cache",),
        "cache:app",
        "Keep distributions in a folder that installers read without a network.",
    ),
    Command(
        FIND,
        ("status",),
        "status:status",
        "Show whether the index has files, whether installers see them, and if not, why not.",
    ),
    Command(FIND, ("changes",), "changes:changes", "List what happened on the index, the oldest first."),
    Command(
        PUBLISH,
        ("check",),
        "check:check",
        "Check whether an index would take wheels and sdists, without sending them anywhere.",
    ),
    Command(PUBLISH, ("upload", "publish"), "upload:upload", "Publish wheels and sdists."),
    Command(
        PUBLISH,
        ("upload-metadata",),
        "upload_metadata:upload_metadata",
        "Describe a release before it has files.",
    ),
    Command(
        PUBLISH,
        ("upload-docs",),
        "upload_docs:upload_docs",
        "Publish the documentation of a release: a folder, or a ZIP, of HTML with index.html at its top.",
    ),
    Command(PUBLISH, ("docs",), "docs:app", "List, publish and delete the documentation of releases."),
    Command(MANAGE, ("project",), "project:app", "Create, archive and delete projects."),
    Command(
        MANAGE,
        ("yank", "hide"),
        "yank:yank",
        "Withdraw a release, or single files of it: installers skip them unless pinned exactly (PEP 592).",
    ),
    Command(
        MANAGE, ("unyank", "unhide"), "yank:unyank", "Offer a yanked release, or single files of it, again."
    ),
    Command(MANAGE, ("delete",), "delete:delete", "Delete a release, or single files of it, for good."),
    Command(MANAGE, ("role",), "role:app", "List, grant and revoke roles in projects."),
    Command(MANAGE, ("token",), "token:app", "Create, list and revoke API tokens."),
    Command(
        SET_UP,
        ("login",),
        "login:login",
        "Log in to an index: a token for it is kept in the keyring or, where there is none, in a file of "
        "yours.",
    ),
    Command(
        SET_UP,
        ("logout",),
        "login:logout",
        "Revoke the token that login made for an index, and forget it.",
    ),
    Command(
        SET_UP,
        ("password",),
        "password:password",
        "Change the password of your account; the old one is asked for.",
    ),
    Command(SET_UP, ("whoami",), "login:whoami", "Show which account the index takes you for."),
    Command(SET_UP, ("index",), "index:app", "List the indexes that have names."),
    Command(SET_UP, ("config",), "config:app", "Read and change the configuration."),
    Command(
        SET_UP,
        ("completion",),
        "completion:completion",
        "Print a script that completes commands, options and names of indexes in a shell.",
    ),
)
"""All of them, in the order of the list."""

OTHER_NAMES = {
    **{other: each.names[0] for each in COMMANDS for other in each.names[1:]},
    "docs upload": "upload-docs",
    "project add-role": "role grant",
    "project remove-role": "role revoke",
    "project roles": "role list",
    "register": "project create",
}
"""Commands by other names, and what they are called in results."""

NAMES = frozenset({name for command in COMMANDS for name in command.names} | {"register"})
"""The first words of all commands."""


def build_application() -> App:
    """Return the app, without the options that every command has; commands are loaded when they are run."""
    application = App(
        name="pypi-cli",
        version=pypi_core.__version__,
        help_flags=[],
        default_parameter=Parameter(negative=()),
        result_action="return_value",
        print_error=False,
        exit_on_error=False,
    )
    for command in COMMANDS:
        application.command(f"pypi_tool.commands.{command.function}", name=command.names, group=command.group)
    application.command("pypi_tool.commands.project:create", name="register", show=False)
    return application
