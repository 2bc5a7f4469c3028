"""What every command is given: the server's settings and data, and where its result goes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from pypi_core.domain.indexes import parse_index_name
from pypi_core.errors import Unavailable
from pypi_terminal.questions import confirm

if TYPE_CHECKING:
    from pypi_app.container import Container
    from pypi_app.server_command.options import CommonOptions
    from pypi_app.settings import Settings
    from pypi_app.settings_sources import SettingsSources
    from pypi_core.index import Index
    from pypi_core.site import Site
    from pypi_sql import SqlDatabase
    from pypi_terminal.output import Output


class Context:
    """
    The surroundings of one run of a command.

    Attributes:
        options: What the command line says beside the command's own options.
        output: Where the result goes.
    """

    def __init__(self, *, options: CommonOptions, output: Output) -> None:
        self.options = options
        self.output = output
        self._sources: SettingsSources | None = None

    def load_settings(self, *, warns: bool = True, **options: object) -> Settings:
        """
        Return the settings with *options* of the command line on top.

        Unless *warns* is false, what was passed over is reported.

        Raises:
            SettingsError: A setting is unknown or has no acceptable value.
        """
        from pypi_app.settings_sources import SettingsSources

        given = {"data": self.options.data, "database": self.options.database, **options}
        self._sources = SettingsSources(self.options.settings, given)
        if warns and (foreign := self._sources.foreign_warning):
            self.output.note(foreign)
        return self._sources.load()

    def explain(self, error: Exception) -> None:
        """
        Say of a wrong setting where it comes from.

        Raises:
            SettingsError: *error* is about a setting; the message says which and where it comes from.
        """
        from pypi_app.settings import SettingsError

        if isinstance(error, SettingsError) and error.setting and self._sources is not None:
            raise SettingsError(self._sources.message_of(error)) from error

    @contextmanager
    def site(self) -> Iterator[Site]:
        """Open the site for one command, see `container`."""
        with self.container() as container:
            yield container.site()

    @contextmanager
    def index(self, name: str) -> Iterator[Index]:
        """
        Open one index for one command, see `container`.

        Raises:
            InvalidSetting: *name* is not the name of an index.
            IndexNotFound: There is no such index.
        """
        with self.site() as site:
            yield site.index(parse_index_name(name))

    @contextmanager
    def container(self, *, creates: bool = False, warns: bool = True) -> Iterator[Container]:
        """
        Open everything for one command.

        Only with *creates* is anything made that is missing, or brought up to date.

        Raises:
            SettingsError: A setting is unknown or has no acceptable value.
            MissingData: The data folder or the database is not there.
            Unavailable: The tables are not those of this version, or the database does not answer.
        """
        from pypi_app.builders import require_buckets
        from pypi_app.container import assemble

        settings = self.load_settings(warns=warns)
        container = assemble(settings)
        with open_database(container) as database:
            if creates:
                require_buckets(container.buckets(), creates=True)
                settings.make_data_folder()
                database.migrate()
                container.blobs()
            else:
                settings.require_data()
                _require_current(database)
                settings.require_blobs()
            yield container

    def confirm(self, question: str, *, yes: bool) -> None:
        """
        Let a person at a terminal think again; *yes* says that they have.

        Raises:
            UsageError: They said no, or there is no terminal to ask on.
        """
        confirm(question, yes=yes, may_ask=sys.stdin.isatty() and sys.stderr.isatty())


CommandContext = Annotated[Context, Parameter(parse=False)]
"""A command's parameter that is not read from the command line."""


@contextmanager
def open_database(container: Container) -> Iterator[SqlDatabase]:
    """
    Close the database at the end of the block, and say which one it is that cannot be used.

    Raises:
        Unavailable: It cannot be used; the message, which is for the operator alone, names its file.
    """
    database = container.database()
    try:
        yield database
    except Unavailable as error:
        if database.file is None:
            raise
        raise Unavailable(f"{error} The database is {database.file}.") from error
    finally:
        database.dispose()


def _require_current(database: SqlDatabase) -> None:
    from pypi_app.settings import MissingData

    if database.file is not None and not database.file.exists():
        raise MissingData(
            f"There is no database {database.file}. Name the right one with --data, --database, --settings "
            "or PYPI_DATA, or create it with `pypi-server migrate` or `pypi-server serve`."
        )
    database.require_known()
    if not database.is_current():
        raise Unavailable("The database belongs to another version: run `pypi-server migrate`.")
