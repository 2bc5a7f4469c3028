"""``pypi-server index``."""

from __future__ import annotations

from collections.abc import Iterator

from cyclopts import App
from msgspec.structs import replace

from pypi_app.server_command.options import Common, opened_site
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import IndexRecord, IndexSettings, NewProjects, Reading, parse_index_name
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.rules import SWITCHES, UploadRules, switched

indexes = App(name="index", help="Create, list and configure the indexes of this server.")


@indexes.command
def create(
    name: str,
    *,
    title: str | None = None,
    reading: Reading = Reading.PUBLIC,
    new_projects: NewProjects = NewProjects.ACCOUNTS,
    largest_file: int = IndexSettings().largest_file,
    largest_project: int | None = None,
    upload_session_days: int = IndexSettings().upload_session_days,
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
    largest_project
        How many bytes all files of a project may have together (default: no limit).
    upload_session_days
        After how many days an upload session that nobody published is given up.
    """
    settings = IndexSettings(
        title=title or name,
        reading=reading,
        new_projects=new_projects,
        largest_file=largest_file,
        largest_project=largest_project,
        upload_session_days=upload_session_days,
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
    largest_project: int | None = None,
    upload_session_days: int | None = None,
    common: Common | None = None,
) -> None:
    """
    Change settings of an index; what is not given stays. The options are those of `create`.
    `--largest-project 0` takes that limit away.

    Running servers notice by themselves.
    """
    given = {
        "title": title,
        "reading": reading,
        "new_projects": new_projects,
        "largest_file": largest_file,
        # 0 takes the limit away.
        "largest_project": largest_project,
        "upload_session_days": upload_session_days,
    }
    with opened_site(common) as site:
        current = site.index(parse_index_name(name)).read_settings().settings
        changed = replace(current, **{key: value for key, value in given.items() if value is not None})
        changed = replace(changed, largest_project=changed.largest_project or None)
        print(_line(site.configure_index(OPERATOR, name, changed)))


@indexes.command
def rules(
    name: str,
    *,
    allow: list[str] | None = None,
    forbid: list[str] | None = None,
    platform_tag: list[str] | None = None,
    prohibit_name: list[str] | None = None,
    permit_name: list[str] | None = None,
    release_open_days: int | None = None,
    common: Common | None = None,
) -> None:
    """
    Show the rules for what is uploaded to an index, after changing what is given.

        pypi-server index rules internal --allow local-versions --allow any-platform-tag

    Parameters
    ----------
    name
        The index.
    allow
        Take what a public index refuses, one of the rules that are shown. May be given several times.
    forbid
        Refuse it again.
    platform_tag
        Take wheels with this platform tag too, such as linux_x86_64.
    prohibit_name
        A name that no new project may have.
    permit_name
        Take a name off that list.
    release_open_days
        For how many days a release takes further files; 0 is for ever.
    """
    with opened_site(common) as site:
        settings = site.index(parse_index_name(name)).read_settings().settings
        changed = switched(settings.rules, allow=allow or (), forbid=forbid or ())
        prohibited = changed.prohibited_names | set(map(parse_project_name, prohibit_name or ()))
        changed = replace(
            changed,
            platform_tags=changed.platform_tags | set(platform_tag or ()),
            prohibited_names=prohibited - set(map(parse_project_name, permit_name or ())),
        )
        if release_open_days is not None:
            changed = replace(changed, release_open_days=release_open_days or None)
        if changed != settings.rules:
            site.configure_index(OPERATOR, name, replace(settings, rules=changed))
        print("\n".join(_rule_lines(changed)))


@indexes.command(name="list")
def list_(*, common: Common | None = None) -> None:
    """List the indexes and their settings."""
    with opened_site(common) as site:
        for each in site.indexes():
            print(_line(each))


def _rule_lines(rules: UploadRules) -> Iterator[str]:
    for switch, field in SWITCHES.items():
        yield f"{switch}: {'allowed' if getattr(rules, field) else 'forbidden'}"
    yield f"further platform tags: {', '.join(sorted(rules.platform_tags)) or 'none'}"
    yield f"prohibited names: {', '.join(sorted(rules.prohibited_names)) or 'none'}"
    days = rules.release_open_days
    yield f"releases take further files: {'for ever' if days is None else f'for {days} days'}"


def _line(record: IndexRecord) -> str:
    settings = record.settings
    return (
        f"{record.name}: {settings.title!r}, reading {settings.reading}, "
        f"new projects by {settings.new_projects}, files up to {settings.largest_file} bytes"
        + (f", projects up to {settings.largest_project} bytes" if settings.largest_project else "")
    )
