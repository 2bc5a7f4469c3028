"""``pypi-server index``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from msgspec.structs import replace

from pypi_app.server_command.context import CommandContext
from pypi_app.server_command.results import Index, Indexes, Rules
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import IndexRecord, IndexSettings, parse_index_name
from pypi_core.domain.names import parse_project_name
from pypi_core.domain.rules import SWITCHES, UploadRules, switched
from pypi_terminal.parameters import Texts


@Parameter(name="*", show_default=False)
@dataclass(frozen=True, kw_only=True)
class SettingOptions:
    """
    Settings of an index that the command line names.

    Attributes:
        title: The title of its pages (default: the name).
        reading: Who may read it: anyone (public, default), or only with a token (private).
        new_projects: Who may create projects in it: anyone with an account (default), or administrators.
        largest_file: The largest file that it accepts, in bytes (default: 1 GiB).
        largest_project: The most bytes that all files of a project may have together (default: no limit).
        upload_session_days: Days until an unpublished upload session expires (default: 7).
        remote_images: Whether descriptions load images from other hosts, which then learn who reads what
            (shown), or have links in their place (hidden); default: shown on a public index, hidden on a
            private one.
    """

    title: str | None = None
    reading: Literal["public", "private"] | None = None
    new_projects: Literal["accounts", "administrators"] | None = None
    largest_file: int | None = None
    largest_project: int | None = None
    upload_session_days: int | None = None
    remote_images: Literal["shown", "hidden", "default"] | None = None

    def over(self, settings: IndexSettings) -> IndexSettings:
        """Return *settings* with what is named; 0 removes the limit of a project, default sets back."""
        named: dict[str, object] = {name: value for name, value in asdict(self).items() if value is not None}
        if self.largest_project == 0:
            named["largest_project"] = None
        if self.remote_images == "default":
            named["remote_images"] = None
        return msgspec.convert(msgspec.structs.asdict(settings) | named, IndexSettings)


_NOTHING_NAMED = SettingOptions()


def create(name: str, /, *, named: SettingOptions = _NOTHING_NAMED, context: CommandContext) -> None:
    """
    Create an index, served at /i/NAME/.

    Parameters
    ----------
    name
        Lower-case letters, digits and '-', a letter first.
    """
    with context.site() as site:
        created = _result(site.create_index(OPERATOR, name, named.over(IndexSettings(title=name))))
    context.output.result(created, [_line(created)])


def configure(name: str, /, *, named: SettingOptions = _NOTHING_NAMED, context: CommandContext) -> None:
    """
    Change settings of an index; what is not given stays as it is.

    `--largest-project 0` removes that limit.

    Running servers notice by themselves.

    Parameters
    ----------
    name
        The index.
    """
    with context.site() as site:
        settings = named.over(site.index(parse_index_name(name)).reading.record().settings)
        changed = _result(site.configure_index(OPERATOR, name, settings))
    context.output.result(changed, [_line(changed)])


def rules(
    name: str,
    /,
    *,
    allow: Texts = (),
    forbid: Texts = (),
    platform_tag: Texts = (),
    prohibit_name: Texts = (),
    permit_name: Texts = (),
    release_open_days: Annotated[int | None, Parameter(show_default=False)] = None,
    context: CommandContext,
) -> None:
    """
    Show the upload rules of an index, after making the changes given.

    ```
    pypi-server index rules internal --allow local-versions --allow any-platform-tag
    ```

    Parameters
    ----------
    name
        The index.
    allow
        Allow what a public index refuses: one of the rules shown; may be repeated.
    forbid
        Forbid it again.
    platform_tag
        Accept wheels with this platform tag too, such as linux_x86_64.
    prohibit_name
        A name that no new project may have.
    permit_name
        Remove a name from that list.
    release_open_days
        Days for which a release accepts further files; 0 for ever.
    """
    with context.site() as site:
        settings = site.index(parse_index_name(name)).reading.record().settings
        changed = switched(settings.rules, allow=allow, forbid=forbid)
        prohibited = changed.prohibited_names | set(map(parse_project_name, prohibit_name))
        changed = replace(
            changed,
            platform_tags=changed.platform_tags | set(platform_tag),
            prohibited_names=prohibited - set(map(parse_project_name, permit_name)),
        )
        if release_open_days is not None:
            changed = replace(changed, release_open_days=release_open_days or None)
        if changed != settings.rules:
            site.configure_index(OPERATOR, name, replace(settings, rules=changed))
    result = _rules(name, changed)
    context.output.result(result, _rule_lines(result))


def list_(*, context: CommandContext) -> None:
    """List the indexes and their settings."""
    with context.site() as site:
        found = tuple(map(_result, site.indexes()))
    context.output.result(Indexes(indexes=found), map(_line, found))


def _result(record: IndexRecord) -> Index:
    settings = record.settings
    return Index(
        name=record.name,
        title=settings.title,
        reading=settings.reading,
        new_projects=settings.new_projects,
        largest_file=settings.largest_file,
        largest_project=settings.largest_project,
        upload_session_days=settings.upload_session_days,
        remote_images="shown" if settings.shows_remote_images else "hidden",
    )


def _rules(index: str, rules: UploadRules) -> Rules:
    return Rules(
        index=index,
        switches={switch: getattr(rules, field) for switch, field in SWITCHES.items()},
        platform_tags=tuple(sorted(rules.platform_tags)),
        prohibited_names=tuple(sorted(rules.prohibited_names)),
        release_open_days=rules.release_open_days,
    )


def _rule_lines(rules: Rules) -> Iterator[str]:
    for switch, is_allowed in rules.switches.items():
        yield f"{switch}: {'allowed' if is_allowed else 'forbidden'}"
    yield f"further platform tags: {', '.join(rules.platform_tags) or 'none'}"
    yield f"prohibited names: {', '.join(rules.prohibited_names) or 'none'}"
    days = rules.release_open_days
    yield f"releases accept further files: {'for ever' if days is None else f'for {days} days'}"


def _line(index: Index) -> str:
    return (
        f"{index.name}: {index.title!r}, reading {index.reading}, "
        f"new projects by {index.new_projects}, files up to {index.largest_file} bytes"
        + (f", projects up to {index.largest_project} bytes" if index.largest_project else "")
    )
