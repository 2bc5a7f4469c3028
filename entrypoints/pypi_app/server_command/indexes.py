"""``pypi-server index``."""

from __future__ import annotations

from cyclopts import App
from msgspec.structs import replace

from pypi_app.server_command.options import Common, opened_site
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import IndexRecord, IndexSettings, NewProjects, Reading, parse_index_name

indexes = App(name="index", help="Create, list and configure the indexes of this server.")


@indexes.command
def create(
    name: str,
    *,
    title: str | None = None,
    reading: Reading = Reading.PUBLIC,
    new_projects: NewProjects = NewProjects.ACCOUNTS,
    largest_file: int = IndexSettings().largest_file,
    common: Common | None = None,
) -> None:
    """
    Create an index, served at /i/NAME/.

    Parameters
    ----------
    name
        Lower-case letters, digits and '-', a letter first.
    title
        What its pages are headed with (default: the name).
    reading
        Who may read it: everybody, or only with a token.
    new_projects
        Who may create projects in it.
    largest_file
        The largest file it takes, in bytes.
    """
    settings = IndexSettings(
        title=title or name, reading=reading, new_projects=new_projects, largest_file=largest_file
    )
    with opened_site(common) as site:
        print(_line(site.create_index(OPERATOR, name, settings)))


@indexes.command
def configure(
    name: str,
    *,
    title: str | None = None,
    reading: Reading | None = None,
    new_projects: NewProjects | None = None,
    largest_file: int | None = None,
    common: Common | None = None,
) -> None:
    """
    Change settings of an index; what is not given stays. The options are those of `create`.

    Running servers notice by themselves.
    """
    given = {
        "title": title,
        "reading": reading,
        "new_projects": new_projects,
        "largest_file": largest_file,
    }
    with opened_site(common) as site:
        current = site.index(parse_index_name(name)).read_settings().settings
        changed = replace(current, **{key: value for key, value in given.items() if value is not None})
        print(_line(site.configure_index(OPERATOR, name, changed)))


@indexes.command(name="list")
def list_(*, common: Common | None = None) -> None:
    """List the indexes and their settings."""
    with opened_site(common) as site:
        for each in site.indexes():
            print(_line(each))


def _line(record: IndexRecord) -> str:
    settings = record.settings
    return (
        f"{record.name}: {settings.title!r}, reading {settings.reading}, "
        f"new projects by {settings.new_projects}, files up to {settings.largest_file} bytes"
    )
