"""The table of all commands of ``pypi-server``: names, functions, and what ``--json`` prints."""

from __future__ import annotations

import pypi_core
from pypi_terminal.program import Command, CommandGroup, Program, Section

_INTRODUCTION = """
Run a Python package index.

pypi-server serve is all it takes: on its first start it creates the database, an owner account and an upload
token, and prints how to publish and install.

Every setting can be given in a TOML file (--settings), as an environment variable (PYPI_PORT=8080) or, the
most common ones, as an option; the later wins.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage,
3 not found, 4 refused, 5 conflict, 6 the database does not answer.

```
pypi-server serve
pypi-server user create alice
pypi-server token create alice --scope upload
pypi-server help token create
```
"""


def _command(name: str, function: str, result: str = "", *, hidden_names: tuple[str, ...] = ()) -> Command:
    """Return a command by a function in this package; its result is of ``results``, or of the protocol."""
    kind = result if not result or ":" in result else f"pypi_app.server_command.results:{result}"
    return Command(name, f"pypi_app.server_command.{function}", kind, hidden_names=hidden_names)


_RUN = (
    _command("serve", "run:serve", "Started"),
    # A worker prints nothing.
    _command("work", "run:work"),
    _command("migrate", "run:migrate", "Migrated"),
)
_LOOK_AFTER = (
    _command("check", "upkeep:check", "Damage"),
    _command("sweep", "upkeep:sweep", "Swept"),
    _command("backup", "backups:backup", "BackedUp"),
    _command("restore", "backups:restore", "Restored"),
    CommandGroup(
        "database",
        "Move the database.",
        (
            _command("copy", "databases:copy", "CopiedDatabase"),
            _command("reopen", "databases:reopen", "ReopenedDatabase"),
        ),
    ),
    CommandGroup(
        "storage",
        "Move stored files to another store.",
        (_command("copy", "storage:copy", "CopiedStore"),),
    ),
    CommandGroup(
        "pages",
        "Rebuild the pages.",
        (_command("rebuild", "pages:rebuild", "RebuiltPages"),),
    ),
    CommandGroup(
        "search",
        "Rebuild the search.",
        (_command("rebuild", "searches:rebuild", "RebuiltSearches"),),
    ),
    CommandGroup(
        "outbox",
        "Look after the work that workers do.",
        (
            _command("status", "outbox:status", "OutboxStatus"),
            _command("list", "outbox:list_", "Tasks"),
            _command("show", "outbox:show", "Task"),
            _command("retry", "outbox:retry", "ChangedTasks"),
            _command("drop", "outbox:drop", "ChangedTasks"),
        ),
    ),
    # A log is printed line by line.
    _command("audit", "audit:audit"),
)
_MANAGE = (
    CommandGroup(
        "index",
        "Create, list and configure the indexes of this server.",
        (
            _command("create", "indexes:create", "Index"),
            _command("configure", "indexes:configure", "Index"),
            _command("rules", "indexes:rules", "Rules"),
            _command("list", "indexes:list_", "Indexes"),
        ),
    ),
    CommandGroup(
        "project",
        "Change the status and releases of projects, and delete them.",
        (
            _command("status", "projects:status", "ProjectState"),
            _command("delete", "projects:delete", "ChangedProject"),
            _command("yank", "projects:yank", "ChangedProject"),
            _command("unyank", "projects:unyank", "ChangedProject"),
        ),
    ),
    CommandGroup(
        "role",
        "List, grant and revoke the roles of a project.",
        # The hidden names are those from before there was `pypi-server role`.
        (
            _command("list", "roles:list_", "Roles", hidden_names=("project roles",)),
            _command("grant", "roles:grant", "ChangedRole", hidden_names=("project grant",)),
            _command("revoke", "roles:revoke", "ChangedRole", hidden_names=("project revoke",)),
        ),
    ),
    CommandGroup(
        "user",
        "Create, list, disable and delete accounts, and change passwords.",
        (
            _command("create", "users:create", "ChangedAccount"),
            _command("password", "users:password", "pypi_protocol.records.accounts:PasswordChanged"),
            _command("disable", "users:disable", "DisabledAccount"),
            _command("enable", "users:enable", "ChangedAccount"),
            _command("delete", "users:delete", "ChangedAccount"),
            _command("list", "users:list_", "Accounts"),
        ),
        other_names=("users",),
    ),
    CommandGroup(
        "token",
        "Create, list and revoke API tokens.",
        (
            _command("create", "tokens:create", "NewToken"),
            _command("list", "tokens:list_", "Tokens"),
            _command("revoke", "tokens:revoke", "pypi_protocol.records.tokens:Revoked"),
        ),
        other_names=("tokens",),
    ),
)

PROGRAM = Program(
    "pypi-server",
    version=pypi_core.__version__,
    introduction=_INTRODUCTION,
    sections=(
        Section("Run", _RUN),
        Section("Maintain", _LOOK_AFTER),
        Section("Manage", _MANAGE),
    ),
    options="pypi_app.server_command.options:CommonOptions",
    usual_options="--data and --json",
    runner="pypi_app.server_command.running:run",
)
"""All that the pages of help, the schema of results and the parser know of commands."""
