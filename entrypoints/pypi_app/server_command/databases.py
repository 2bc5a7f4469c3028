"""The commands that move the database: ``database copy`` and ``database reopen``."""

from __future__ import annotations

from pypi_app.server_command.context import CommandContext
from pypi_terminal.quantities import counted


def copy(*, to: str, context: CommandContext) -> None:
    """
    Copy all rows to another, empty database: from SQLite to PostgreSQL, or back.

    A server may go on answering; what would change something waits, and is asked to try again. Serials,
    tokens, the audit log and upload sessions are the same afterwards. Stored files stay where they are. When
    it is done, this database is closed: it can be read, but changes are refused. Stop the servers and
    workers then, set `database` to the URL, and start them again.

    Parameters
    ----------
    to
        The URL of the other database: sqlite:///FILE or postgresql://USER@HOST/NAME.
    """
    from pypi_app.server_command.results import CopiedDatabase
    from pypi_sql import SqlDatabase
    from pypi_terminal.errors import UsageError

    def tell(table: str, copied: int, total: int) -> None:
        if not context.output.is_json:
            context.output.note(f"{table}: {copied} of {total} rows")

    with context.container() as container:
        settings = container.settings()
        if to == settings.database_url:
            raise UsageError("--to names the database that is in use: name another one.")
        try:
            target = SqlDatabase(to, container.clock(), settings.postgresql)
        except ValueError as error:
            raise UsageError(f"--to cannot be used: {error}.") from error
        try:
            rows = container.database().copy_to(target, tell)
        finally:
            target.dispose()
    lines = [f"Copied {counted(rows, 'row')}. Set `database` to the URL, then start the server again."]
    context.output.result(CopiedDatabase(rows=rows), lines)


def reopen(*, context: CommandContext) -> None:
    """
    Go on with a database whose rows were copied to another one.

    What was changed in the other one since is not here. Only one of the two may go on: the sweep of one
    deletes files that only the other one knows.
    """
    from pypi_app.server_command.results import ReopenedDatabase

    with context.container() as container:
        was_closed = container.database().reopen()
    line = "The database can be written again." if was_closed else "The database was not closed."
    context.output.result(ReopenedDatabase(was_closed=was_closed), [line])
