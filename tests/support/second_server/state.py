"""What the index holds: accounts, projects, releases, files, the journal, and upload sessions."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from packaging.utils import canonicalize_name, canonicalize_version
from packaging.version import Version

FAMILIES = {
    1001: 404, 1002: 401, 1003: 403, 1009: 409, 1010: 410, 1013: 413, 1022: 400, 1029: 429, 1053: 503
}  # fmt: skip
NOT_FOUND, UNAUTHENTICATED, FORBIDDEN, CONFLICT, TOO_LARGE, INVALID = 1001, 1002, 1003, 1009, 1013, 1022


class Refusal(Exception):
    """An error of the protocol."""

    def __init__(
        self, family: int, code: str, message: str, problems: Iterable[tuple[str, str]] = (), **more: Any
    ):
        super().__init__(message)
        self.family, self.code, self.message, self.more = family, code, message, more
        self.problems = [{"field": where, "message": what} for where, what in problems]
        if family == INVALID and not self.problems:
            self.problems = [{"field": "", "message": message}]


@dataclass
class Token:
    id: str
    username: str
    description: str
    scope: dict[str, Any]
    created: datetime
    expires: datetime | None = None
    is_revoked: bool = False

    @property
    def is_limited(self) -> bool:
        return any(self.scope.get(each) is not None for each in ("indexes", "projects", "actions"))


@dataclass
class Actor:
    """Who calls: nobody without a username; ``refused`` says what is wrong with the credentials."""

    username: str | None = None
    token: Token | None = None
    refused: Refusal | None = None


@dataclass
class File:
    filename: str
    content: bytes
    metadata: bytes
    requires_python: str | None
    uploaded: datetime
    comment: str = ""
    yanked: str | bool = False

    def __post_init__(self) -> None:
        self.sha256 = hashlib.sha256(self.content).hexdigest()
        self.blake2 = hashlib.blake2b(self.content, digest_size=32).hexdigest()
        self.md5 = hashlib.md5(self.content, usedforsecurity=False).hexdigest()

    @property
    def is_wheel(self) -> bool:
        return self.filename.endswith(".whl")

    @property
    def kind(self) -> str:
        return "bdist_wheel" if self.is_wheel else "sdist"

    @property
    def python(self) -> str:
        return self.filename.split("-")[-3] if self.is_wheel else "source"

    @property
    def path(self) -> str:
        return f"packages/{self.blake2[:2]}/{self.blake2[2:4]}/{self.blake2[4:]}/{self.filename}"

    @property
    def metadata_sha256(self) -> str | None:
        return hashlib.sha256(self.metadata).hexdigest() if self.is_wheel else None


@dataclass
class Documentation:
    archive: bytes
    pages: dict[str, bytes]
    uploaded: datetime


@dataclass
class Release:
    version: Version
    created: datetime
    metadata: dict[str, Any]
    files: dict[str, File] = field(default_factory=dict)
    yanked: str | bool = False
    documentation: Documentation | None = None

    def yank_of(self, file: File) -> str | bool:
        return file.yanked or self.yanked

    @property
    def shown_yank(self) -> str | bool:
        if self.yanked or not self.files:
            return self.yanked
        yanks = [each.yanked for each in self.files.values()]
        return yanks[0] if all(yanks) else False


@dataclass
class Project:
    display_name: str
    roles: dict[str, str]
    number: int
    state: str = "active"
    reason: str = ""
    serial: int = 0
    yanked_come_first: bool = False
    releases: dict[str, Release] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return canonicalize_name(self.display_name)

    @property
    def is_offered(self) -> bool:
        return self.state != "quarantined"

    @property
    def files(self) -> list[tuple[Release, File]]:
        return [(release, file) for release in self.sorted_releases for file in release.files.values()]

    @property
    def sorted_releases(self) -> list[Release]:
        return sorted(self.releases.values(), key=lambda each: each.version)

    @property
    def latest(self) -> Release | None:
        return max(
            self.releases.values(),
            key=lambda each: (
                self.yanked_come_first or not each.shown_yank,
                not each.version.is_prerelease,
                each.version,
            ),
            default=None,
        )


@dataclass
class SessionFile:
    filename: str
    size: int
    sha256: str
    content: bytearray = field(default_factory=bytearray)
    parts: int = 0


@dataclass
class Session:
    id: str
    purpose: str
    project: str
    version: Version
    username: str
    expires: datetime
    files: dict[str, SessionFile]
    state: str = "open"
    problems: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        return self.state in {"open", "completed"}


class Index:
    """One index and its accounts; *faults* are the names of those that are planted."""

    def __init__(self, faults: Iterable[str] = ()) -> None:
        self._faults = frozenset(faults)
        self._numbers = itertools.count(1)
        self.accounts: dict[str, bool] = {}
        self.tokens: dict[str, Token] = {}
        self.projects: dict[str, Project] = {}
        self.used: set[str] = set()
        self.journal: list[dict[str, Any]] = []
        self.sessions: dict[str, Session] = {}

    def fault(self, name: str) -> bool:
        return name in self._faults

    # ------------------------------------------------------------ accounts and tokens

    def account(self, username: str, *, is_administrator: bool = False) -> str:
        """Register an account and return an unlimited token of it."""
        self.accounts[username] = is_administrator
        return self.issue(username, "first", {}, None)[0]

    def issue(
        self, username: str, description: str, scope: dict[str, Any], expires: datetime | None
    ) -> tuple[str, Token]:
        secret = f"second_{secrets.token_urlsafe(24)}"
        token = Token(secrets.token_hex(8), username, description, scope, now(), expires)
        self.tokens[secret] = token
        return secret, token

    def is_administrator(self, actor: Actor) -> bool:
        return actor.username is not None and self.accounts.get(actor.username, False)

    def require_account(self, actor: Actor) -> str:
        if actor.username is None:
            raise actor.refused or Refusal(UNAUTHENTICATED, "unauthenticated", "Send a token.")
        return actor.username

    def require(self, actor: Actor, action: str, name: str) -> None:
        """Check that *actor* may do *action* to the project of a normalised name, which need not exist."""
        project = self.projects.get(name)
        username = self.require_account(actor)
        scope = actor.token.scope if actor.token else {}
        for kind, value in (("actions", action), ("projects", name), ("indexes", "second")):
            if self.fault(f"scope: {kind}"):
                continue
            if scope.get(kind) is not None and value not in scope[kind]:
                raise Refusal(FORBIDDEN, "not-allowed", f"The token may not {action} {name}.")
        is_closed = {"quarantined"} if self.fault("archived: takes uploads") else {"archived", "quarantined"}
        if project and action == "upload" and project.state in is_closed:
            raise Refusal(FORBIDDEN, "project-closed", f"{name} is {project.state}.")
        if self.is_administrator(actor) or project is None or action == "create-project":
            return
        if project.state == "quarantined":
            raise Refusal(FORBIDDEN, "project-closed", f"{name} is quarantined.")
        role = project.roles.get(username)
        permitted = {"Owner": {"upload", "yank", "delete", "manage"}, "Maintainer": {"upload", "yank"}}
        if self.fault("roles: maintainers may do everything"):
            permitted["Maintainer"] = permitted["Owner"]
        if self.fault("roles: others may do everything"):
            return
        if action not in permitted.get(role or "", ()):
            raise Refusal(FORBIDDEN, "not-allowed", f"{username} may not {action} {name}.")

    # ------------------------------------------------------------ projects

    @property
    def serial(self) -> int:
        return self.journal[-1]["serial"] if self.journal else 0

    def record(self, project: Project, action: str, version: Version | None = None) -> int:
        if self.fault(f"journal: no {action.split(maxsplit=1)[0]}"):
            return self.serial
        serial = next(self._numbers)
        if self.fault("journal: a serial twice") and action.startswith("add") and self.journal:
            serial = self.serial
        entry = {
            "serial": serial,
            "project": project.display_name,
            "version": None if version is None else str(version),
            "action": action,
            "timestamp": time_of(now()),
        }
        self.journal.append(entry)
        project.serial = serial
        return serial

    def project(self, name: str) -> Project:
        found = self.projects.get(normalized(name))
        if found is None:
            raise Refusal(NOT_FOUND, "project-not-found", f"There is no project {name}.")
        return found

    def release(self, project: Project, version: str) -> Release:
        found = project.releases.get(release_key(parsed_version(version)))
        if found is None:
            raise Refusal(NOT_FOUND, "release-not-found", f"{project.name} has no version {version}.")
        return found

    def find_file(self, filename: str) -> tuple[Project, Release, File] | None:
        for project in self.projects.values():
            for release, file in project.files:
                if file.filename == filename:
                    return project, release, file
        return None

    def create(self, actor: Actor, name: str) -> Project:
        normal = normalized(name)
        if normal in self.projects and not self.fault("create: twice"):
            raise Refusal(CONFLICT, "project-already-exists", f"There is a project {name}.")
        username = self.require_account(actor)
        shown = normal if self.fault("create: names are normalised") else name
        project = Project(shown, {username: "Owner"}, next(self._numbers))
        project.yanked_come_first = self.fault("yank: stays the latest")
        self.projects[normal] = project
        self.record(project, "create")
        self.record(project, f"add Owner {username}")
        return project

    def check_name_free(self, filename: str, sha256: str) -> bool:
        """Return whether the very same file is there; refuse a name that is taken or was."""
        found = self.find_file(filename)
        if found and found[2].sha256 == sha256:
            return True
        if found:
            raise Refusal(CONFLICT, "file-already-exists", f"File already exists ({filename}).")
        if filename in self.used and not self.fault("names: free after deletion"):
            raise Refusal(CONFLICT, "filename-previously-used", f"{filename} was previously used.")
        return False

    def publish(
        self, actor: Actor, name: str, version: Version, file: File, metadata: dict[str, Any]
    ) -> None:
        if self.check_name_free(file.filename, file.sha256):
            return
        project = self.projects.get(normalized(name)) or self.create(actor, name)
        release = project.releases.get(release_key(version))
        if release is None:
            release = project.releases[release_key(version)] = Release(version, now(), metadata)
            self.record(project, "new release", version)
        elif not release.files:
            release.metadata = metadata
        release.files[file.filename] = file
        self.used.add(file.filename)
        self.record(project, f"add {file.python} file {file.filename}", release.version)

    def check_second_sdist(self, name: str, version: Version, filename: str) -> None:
        project = self.projects.get(normalized(name))
        release = project.releases.get(release_key(version)) if project else None
        if release is None or filename.endswith(".whl") or self.fault("sdist: two of them"):
            return
        if any(not each.is_wheel and each.filename != filename for each in release.files.values()):
            raise Refusal(INVALID, "second-sdist", "There is an sdist.", [("content", "There is an sdist.")])


def now() -> datetime:
    return datetime.now(UTC)


def later(days: int) -> datetime:
    return now() + timedelta(days=days)


def time_of(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def normalized(name: str) -> str:
    import re

    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", name, re.ASCII) or len(name) > 214:
        sentence = f"{name[:60]!r} is not a name of a project."
        raise Refusal(INVALID, "invalid-name", sentence, [("name", sentence)])
    return canonicalize_name(name)


def parsed_version(text: str) -> Version:
    try:
        if len(text) > 128:
            raise ValueError
        return Version(text)
    except ValueError:
        sentence = f"{text[:60]!r} is not a version by PEP 440."
        raise Refusal(INVALID, "invalid-version", sentence, [("version", sentence)]) from None


def release_key(version: Version) -> str:
    return canonicalize_version(version, strip_trailing_zero=True)
