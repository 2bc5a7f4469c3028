"""What administrators see and change: accounts, indexes, the audit log, and the work of the server."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, TypeVar

from litestar import Response
from msgspec.structs import replace

from pypi_core.domain.audit import AuditFilter
from pypi_core.domain.indexes import (
    IndexRecord,
    IndexSettings,
    NewProjects,
    Reading,
    RemoteImages,
    parse_index_name,
)
from pypi_core.domain.names import DisplayName, normalize, parse_project_name
from pypi_core.domain.permissions import require_administrator
from pypi_core.domain.rules import SWITCHES, switched
from pypi_core.errors import Invalid, InvalidSetting
from pypi_core.ports.outbox import TaskState
from pypi_http_api.watching import Look
from pypi_protocol.errors import Problem
from pypi_web.account.activity import AT_A_TIME, before
from pypi_web.account.registration import of_new_password
from pypi_web.account.steps import Act, Step, shows
from pypi_web.account.visits import Visit

_Choice = TypeVar("_Choice", bound=StrEnum)

_LARGEST_CSV: Final = 100_000
_READING = [(Reading.PUBLIC, "Everybody"), (Reading.PRIVATE, "Only people with an account")]
_NEW_PROJECTS = [
    (NewProjects.ACCOUNTS, "Everybody with an account"),
    (NewProjects.ADMINISTRATORS, "Administrators"),
]
_IMAGES = [
    ("", "Shown on a public index, hidden on a private one"),
    (RemoteImages.SHOWN, "Shown: other hosts learn who reads what"),
    (RemoteImages.HIDDEN, "Hidden: there is a link in their place"),
]


class Administration:
    """
    The pages of administrators.

    Args:
        look: Returns what is missing of the server; what it finds is shown.
    """

    def __init__(self, look: Look | None) -> None:
        self._look = look

    def steps(self) -> Sequence[Step]:
        """Return the pages and forms of this module."""
        return [
            shows("/manage/", self._show_health),
            shows("/manage/open/", open_project),
            shows("/manage/accounts/", show_accounts),
            _change("/manage/accounts/", create_account),
            _change("/manage/accounts/state/", change_account, "/manage/accounts/"),
            shows("/manage/indexes/", show_indexes),
            _change("/manage/indexes/", create_index),
            shows("/manage/indexes/{name:str}/", show_index),
            Step(
                path="/manage/indexes/{name:str}/",
                act=configure_index,
                is_dangerous=True,
            ),
            shows("/manage/log/", show_log),
            shows("/manage/log.csv", send_log, is_dangerous=True),
            shows("/manage/work/", show_work),
            _change("/manage/work/", change_work),
        ]

    def _show_health(self, visit: Visit) -> Response[str]:
        require_administrator(visit.actor)
        return visit.page(
            "health.html",
            shortcomings=self._look() if self._look else (),
            standing=visit.site.outbox.standing(visit.index.clock.now()),
        )


def _change(path: str, act: Act, page: str = "") -> Step:
    return Step(path=path, act=act, is_dangerous=True, page=(lambda _: page) if page else None)


def open_project(visit: Visit) -> Response[str]:
    """Lead to the page on which the status of a project is set."""
    require_administrator(visit.actor)
    return visit.go_to(f"/manage/project/{parse_project_name(visit.query('project'))}/")


def show_accounts(visit: Visit) -> Response[str]:
    """List the accounts."""
    return visit.page("accounts.html", accounts=visit.site.accounts.all(visit.actor))


def create_account(visit: Visit) -> Response[str]:
    """Create an account with a first password, which its holder is to change."""
    try:
        visit.site.register_account(
            visit.actor,
            visit.value("username"),
            visit.secret("new_password"),
            is_administrator=bool(visit.value("is_administrator")),
        )
    except InvalidSetting as error:
        accounts = visit.site.accounts.all(visit.actor)
        return visit.refused("accounts.html", of_new_password(error), accounts=accounts)
    return visit.go_to("/manage/accounts/", "created")


def change_account(visit: Visit) -> Response[str]:
    """Disable, enable or delete an account, or take its authenticator app away."""
    username = visit.value("username")
    match visit.value("change"):
        case "disable":
            visit.site.disable_account(visit.actor, username)
        case "enable":
            visit.site.enable_account(visit.actor, username)
        case "remove-app":
            visit.site.remove_second_factor(visit.actor, username)
        case "delete":
            if visit.value("typed") != username:
                raise Invalid(f"Type {username!r} to confirm that the account is to be deleted.")
            visit.site.delete_account(visit.actor, username)
        case _:
            raise Invalid("Choose what is to be changed.")
    return visit.go_to("/manage/accounts/", "account")


def show_indexes(visit: Visit) -> Response[str]:
    """List the indexes."""
    require_administrator(visit.actor)
    return visit.page("indexes.html", indexes=visit.site.indexes())


def create_index(visit: Visit) -> Response[str]:
    """Create an index that is like a public one."""
    try:
        name = parse_index_name(visit.value("name"))
        visit.site.create_index(visit.actor, name, IndexSettings(title=visit.value("title") or name))
    except InvalidSetting as error:
        require_administrator(visit.actor)
        return visit.refused("indexes.html", error, indexes=visit.site.indexes())
    return visit.go_to(f"/manage/indexes/{name}/", "created")


def show_index(visit: Visit) -> Response[str]:
    """Show the settings and rules of an index."""
    require_administrator(visit.actor)
    return visit.page("index.html", **_shown(_index(visit)))


def configure_index(visit: Visit) -> Response[str]:
    """Store the settings and rules of an index."""
    require_administrator(visit.actor)
    record = _index(visit)
    try:
        visit.site.configure_index(visit.actor, record.name, _settings(visit, record.settings))
    except Invalid as error:
        return visit.refused("index.html", error, **_shown(record))
    return visit.go_to(f"/manage/indexes/{record.name}/", "configured")


def _index(visit: Visit) -> IndexRecord:
    return visit.site.index(parse_index_name(visit.captured("name"))).reading.record()


def _settings(visit: Visit, known: IndexSettings) -> IndexSettings:
    allowed = [each for each in SWITCHES if each in visit.values("allow")]
    rules = switched(known.rules, allow=allowed, forbid=[each for each in SWITCHES if each not in allowed])
    try:
        prohibited = frozenset(map(parse_project_name, visit.value("prohibited_names").split()))
    except Invalid as error:
        raise error.about("prohibited_names") from error
    images = visit.value("remote_images")
    return replace(
        known,
        title=visit.value("title"),
        reading=_choice(visit, "reading", Reading),
        new_projects=_choice(visit, "new_projects", NewProjects),
        largest_file=_number(visit, "largest_file") or known.largest_file,
        largest_project=_number(visit, "largest_project"),
        upload_session_days=_number(visit, "upload_session_days") or known.upload_session_days,
        remote_images=_choice(visit, "remote_images", RemoteImages) if images else None,
        rules=replace(
            rules,
            prohibited_names=prohibited,
            platform_tags=frozenset(visit.value("platform_tags").split()),
            release_open_days=_number(visit, "release_open_days"),
        ),
    )


def _choice(visit: Visit, name: str, choices: type[_Choice]) -> _Choice:
    try:
        return choices(visit.value(name))
    except ValueError as error:
        raise Invalid(Problem(name, "Choose one of these.")) from error


def _number(visit: Visit, name: str) -> int | None:
    raw = visit.value(name)
    if not raw:
        return None
    if not (raw.isascii() and raw.isdecimal() and len(raw) < 19):
        raise Invalid(Problem(name, "Enter a whole number."))
    return int(raw)


def _shown(record: IndexRecord) -> dict[str, Any]:
    rules = record.settings.rules
    return {
        "record": record,
        "settings": record.settings,
        "readings": _READING,
        "creators": _NEW_PROJECTS,
        "images": _IMAGES,
        "switches": [
            (name, name.replace("-", " "), getattr(rules, field)) for name, field in SWITCHES.items()
        ],
    }


def _filter(visit: Visit) -> AuditFilter:
    index, project = visit.query("index"), visit.query("project")
    return AuditFilter(
        index=parse_index_name(index) if index else None,
        project=normalize(DisplayName(project)) if project else None,
        username=visit.query("username") or None,
    )


def show_log(visit: Visit) -> Response[str]:
    """Show the audit log, newest first, filtered by what the query says."""
    wanted = _filter(visit)
    entries = list(
        visit.site.audit_log.entries(visit.actor, wanted, before=before(visit), limit=AT_A_TIME + 1)
    )
    asked = {name: visit.query(name) for name in ("username", "project", "index")}
    return visit.page("log.html", entries=entries[:AT_A_TIME], more=len(entries) > AT_A_TIME, asked=asked)


def send_log(visit: Visit) -> Response[str]:
    """Send the newest entries of the log for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["moment", "username", "action", "index", "project", "version", "filename", "proof", "token",
         "address", "user_agent", "detail"]
    )  # fmt: skip
    for kept in visit.site.audit_log.entries(visit.actor, _filter(visit), limit=_LARGEST_CSV):
        each = kept.entry
        row = [
            each.moment.isoformat(), each.username, each.action, each.index, each.project, each.version,
            each.filename, each.proof, each.token_id, each.origin.address, each.origin.user_agent,
            each.detail,
        ]  # fmt: skip
        writer.writerow([_cell(value) for value in row])
    return Response(
        text.getvalue(),
        media_type="text/csv",
        headers=_CSV_HEADERS,
    )


_CSV_HEADERS: Final[Mapping[str, str]] = {
    "Content-Disposition": 'attachment; filename="audit-log.csv"',
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def _cell(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula: a client chooses its own User-Agent."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def show_work(visit: Visit) -> Response[str]:
    """Show what is left to workers, and when what comes back is done."""
    require_administrator(visit.actor)
    now = visit.index.clock.now()
    state = visit.query("state")
    return visit.page(
        "work.html",
        standing=visit.site.outbox.standing(now),
        tasks=visit.site.outbox.tasks(now, TaskState(state) if state in {*TaskState} else None),
        periodic=visit.site.periodic_work.states(),
        state=state,
    )


def change_work(visit: Visit) -> Response[str]:
    """Let a task be tried again at once, or forget it."""
    require_administrator(visit.actor)
    task, now = _number(visit, "task"), visit.index.clock.now()
    if task is None:
        raise Invalid("Choose a task.")
    change = visit.site.outbox.drop if visit.value("change") == "drop" else visit.site.outbox.renew
    change(task, now)
    return visit.go_to("/manage/work/", "work")
