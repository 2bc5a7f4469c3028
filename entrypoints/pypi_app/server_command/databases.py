"""The commands that move the database: ``database copy``."""

from __future__ import annotations

from pypi_app.server_command.context import CommandContext
from pypi_terminal.quantities import counted


def copy(*, to: str, context: CommandContext) -> None:
    """
    Copy all rows to another, empty database: from SQLite to PostgreSQL, or back.

    A server may go on answering; what would change something waits, and is asked to try again. Serials,
    tokens, the audit log and upload sessions are the same afterwards. Stored files stay where they are. Stop
    the servers and workers when it is done, set `database` to the URL, and start them again.

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
