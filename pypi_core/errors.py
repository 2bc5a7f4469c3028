"""
Every error the core raises.

The families say what the caller can do; the concrete errors below them carry the data
and a stable ``code`` that protocols show to machines.  No HTTP number, RPC code or
fault stands here: each family of endpoints owns one table for that.

::

    PackageIndexError
    ├── Invalid                     change the request: it names every problem found
    │   ├── InvalidName
    │   ├── InvalidVersion
    │   ├── InvalidFilename
    │   ├── InvalidMetadata
    │   ├── InvalidArchive
    │   ├── InvalidDocumentation
    │   ├── InvalidForm
    │   ├── InvalidSetting
    │   ├── DigestMismatch
    │   ├── SecondSdist
    │   ├── UploadIncomplete
    │   └── ReleaseClosed
    ├── Unauthenticated             present (other) credentials
    │   └── InvalidCredentials
    ├── Forbidden                   ask for permission
    │   ├── PasswordNotAccepted
    │   ├── NotAllowed
    │   ├── RegistrationClosed
    │   └── ProjectClosed
    ├── NotFound                    there is no such thing
    │   ├── ProjectNotFound
    │   ├── ReleaseNotFound
    │   ├── FileNotFound
    │   ├── MetadataNotFound
    │   ├── AccountNotFound
    │   ├── RoleNotFound
    │   ├── InvitationNotFound
    │   ├── TokenNotFound
    │   ├── OneTimeSecretNotFound
    │   ├── IndexNotFound
    │   ├── DocumentationNotFound
    │   ├── BlobNotFound
    │   ├── UploadSessionNotFound
    │   └── StagedContentNotFound
    ├── Gone                        it was here once
    ├── Conflict                    something stands in the way
    │   ├── FileAlreadyExists
    │   ├── FilenamePreviouslyUsed
    │   ├── ProjectAlreadyExists
    │   ├── AccountAlreadyExists
    │   ├── IndexAlreadyExists
    │   ├── LastOwner
    │   │   └── OnlyOwner
    │   ├── ReleaseHasFiles
    │   ├── UploadSessionExists
    │   ├── UploadSessionClosed
    │   ├── TooManyUploadSessions
    │   ├── WrongOffset
    │   └── ConcurrentChange
    ├── TooLarge                    send less
    │   ├── FileTooLarge
    │   ├── LongerThanDeclared
    │   ├── ProjectTooLarge
    │   └── BudgetSpent
    ├── TooMany                     wait, then try again
    └── Unavailable                 try again later
        └── StoredContentDamaged
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Self

from pypi_protocol.errors import Problem


def shown(value: str, longest: int = 60) -> str:
    """Return *value* in quotes as a sentence may show it: a long one without its middle."""
    return repr(shortened(value, longest))


def shortened(value: str, longest: int) -> str:
    """Return *value* without its middle, where it is longer than *longest*."""
    half = (longest - 3) // 2
    return value if len(value) <= longest else f"{value[:half]}...{value[-half:]}"


class PackageIndexError(Exception):
    """
    The base of all errors of the core.

    Attributes:
        code: The class's name in kebab case.  Clients compare it: a class whose name changes keeps its word.
    """

    code: ClassVar[str] = "error"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class Invalid(PackageIndexError):
    """
    The request itself is wrong.

    Attributes:
        problems: Every problem found, the most important first; never empty.
    """

    def __init__(self, *problems: Problem | str) -> None:
        if not problems:
            raise ValueError("an Invalid error names at least one problem")
        self.problems = tuple(Problem("", each) if isinstance(each, str) else each for each in problems)
        super().__init__(" ".join(each.message for each in self.problems))

    def about(self, field: str) -> Self:
        """Return the same error, with all its problems said of *field*."""
        return type(self)(*(Problem(field, each.message) for each in self.problems))


def united(errors: Sequence[Invalid]) -> Invalid:
    """Return one error that names the problems of all, of the class of the first."""
    return type(errors[0])(*(problem for error in errors for problem in error.problems))


class InvalidName(Invalid):
    """A project name breaks the name rules (PEP 508, "Names")."""


class InvalidVersion(Invalid):
    """A version is not one by PEP 440, or is too long."""


class InvalidFilename(Invalid):
    """A distribution's file name is not what the standards prescribe."""


class InvalidMetadata(Invalid):
    """Core metadata breaks a rule, or the form contradicts the archive."""


class InvalidArchive(Invalid):
    """The bytes are not an acceptable wheel or sdist."""


class InvalidDocumentation(Invalid):
    """The bytes are not an acceptable ZIP of documentation."""


class InvalidForm(Invalid):
    """An upload form lacks a field or has one of the wrong shape."""


class InvalidSetting(Invalid):
    """A setting of an index or an account has no acceptable value."""


class DigestMismatch(Invalid):
    """The bytes that arrived are not those the client hashed."""


class SecondSdist(Invalid):
    """A release has its one sdist already."""


class ReleaseClosed(Invalid):
    """A release is so old that it takes no further files."""


class UploadIncomplete(Invalid):
    """Files of an upload session have not arrived whole; each problem's field is a file name."""


class Unauthenticated(PackageIndexError):
    """Credentials are needed and none were given."""

    def __init__(self, message: str = "Credentials are needed: send an API token.") -> None:
        super().__init__(message)


class InvalidCredentials(Unauthenticated):
    """The credentials given are unknown, revoked, expired or malformed."""


class Forbidden(PackageIndexError):
    """The actor is known and may not do this."""


class PasswordNotAccepted(Forbidden):
    """A password was sent where only a token is accepted."""

    def __init__(self) -> None:
        super().__init__(
            "Passwords are not supported here: use the user name __token__ and an API token as the password."
        )


class NotAllowed(Forbidden):
    """Roles or token scope do not permit the action."""


class RegistrationClosed(Forbidden):
    """New projects are not accepted from this actor on this index."""


class ProjectClosed(Forbidden):
    """The project's status (PEP 792) does not permit the action."""


class NotFound(PackageIndexError):
    """There is no such thing, or the actor may not know of it."""


class ProjectNotFound(NotFound):
    """There is no such project."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"There is no project {name!r} on this index.")


class ReleaseNotFound(NotFound):
    """The project has no such version."""

    def __init__(self, name: str, version: str) -> None:
        self.name, self.version = name, version
        super().__init__(f"Project {name!r} has no version {version!r}.")


class FileNotFound(NotFound):
    """The index lists no such file."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        super().__init__(f"There is no file {filename!r} on this index.")


class MetadataNotFound(NotFound):
    """The file has no separate core metadata (PEP 658)."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        super().__init__(f"File {filename!r} has no separate metadata.")


class AccountNotFound(NotFound):
    """There is no such account."""

    def __init__(self, username: str) -> None:
        self.username = username
        super().__init__(f"There is no account {username!r}.")


class RoleNotFound(NotFound):
    """The account has no role in the project."""

    def __init__(self, name: str, username: str) -> None:
        self.name, self.username = name, username
        super().__init__(f"The user {username!r} has no role in project {name!r}.")


class InvitationNotFound(NotFound):
    """An account was not invited to a project, or not any more."""

    def __init__(self, project: str) -> None:
        self.project = project
        super().__init__(f"You are not invited to {project!r}, or not any more: ask one of its owners.")


class TokenNotFound(NotFound):
    """There is no such token, or it belongs to another account."""

    def __init__(self, token: str) -> None:
        self.token = token
        super().__init__(f"You have no token {token!r}.")


class OneTimeSecretNotFound(NotFound):
    """A link or a second step of a log-in was used already, or is too old."""

    def __init__(self) -> None:
        super().__init__("This was used already, or took too long: begin again.")


class IndexNotFound(NotFound):
    """This server has no such index."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"There is no index {name!r} on this server.")


class DocumentationNotFound(NotFound):
    """There is no such documentation, or no such page of it."""

    def __init__(self, name: str, version: str, path: str = "") -> None:
        self.name, self.version, self.path = name, version, path
        what = f"no page {shown(path)}" if path else "none"
        super().__init__(f"The documentation of project {name!r} has {what} for version {version!r}.")


class BlobNotFound(NotFound):
    """The blob store holds no such bytes."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"There is no stored object {key!r}.")


class UploadSessionNotFound(NotFound):
    """There is no such upload session, or none any more."""

    def __init__(self, session: str) -> None:
        self.session = session
        super().__init__(
            f"There is no upload session {shown(session)} on this index: it may have expired, begin another."
        )


class StagedContentNotFound(NotFound):
    """The staged bytes were discarded, adopted or swept."""

    def __init__(self, identifier: str) -> None:
        self.identifier = identifier
        super().__init__(f"There is no staged content {identifier!r}: start the upload again.")


class Gone(PackageIndexError):
    """It was here once and will not come back."""


class Conflict(PackageIndexError):
    """Something that exists stands in the way."""


class FileAlreadyExists(Conflict):
    """
    A file of this name with other bytes, or these bytes under another name, are on the index.

    The sentence starts with the words that clients look for to skip existing files.
    """

    def __init__(self, filename: str, existing: str | None = None) -> None:
        self.filename = filename
        self.existing = existing or filename
        why = (
            f"({filename}): its content differs. A published file never changes: use a new version."
            if self.existing == filename
            else f"({existing}): the same content as {filename}."
        )
        super().__init__(f"File already exists {why}")


class FilenamePreviouslyUsed(Conflict):
    """A file of this name was published and deleted; names are never used again."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        super().__init__(
            f"The file name {filename} was previously used by a file that has been deleted: "
            "use a different version."
        )


class ProjectAlreadyExists(Conflict):
    """A project of this (normalised) name is there."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"There is a project {name!r} already.")


class AccountAlreadyExists(Conflict):
    """The user name is taken."""

    def __init__(self, username: str) -> None:
        self.username = username
        super().__init__(f"The user name {username!r} is taken.")


class IndexAlreadyExists(Conflict):
    """There is an index of this name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"There is an index {name!r} already.")


class LastOwner(Conflict):
    """A project would be left without an owner."""

    def __init__(self, name: str, username: str) -> None:
        self.name, self.username = name, username
        super().__init__(
            f"The user {username!r} is the last owner of project {name!r}: "
            "make another account an owner first."
        )


class OnlyOwner(LastOwner):
    """An account cannot be deleted while projects have no other owner."""

    most_named: ClassVar = 10

    def __init__(self, username: str, projects: Sequence[str]) -> None:
        shown_projects = ", ".join(projects[: self.most_named])
        more = f" and {len(projects) - self.most_named} more" if len(projects) > self.most_named else ""
        PackageIndexError.__init__(
            self,
            f"The user {username!r} is the only owner of {shown_projects}{more}: "
            "give each of them another owner first.",
        )


class ReleaseHasFiles(Conflict):
    """The metadata of a release with files comes from its files."""

    def __init__(self, name: str, version: str) -> None:
        self.name, self.version = name, version
        super().__init__(
            f"Release {version} of {name!r} has files: its metadata comes from them and cannot be set."
        )


class UploadSessionExists(Conflict):
    """
    There is a live upload session for the release.

    Attributes:
        session: Its name, ``None`` for a caller who may not use it.
    """

    def __init__(self, project: str, version: str, session: str | None) -> None:
        self.project, self.version, self.session = project, version, session
        what = (
            f": it is {session}. Go on with it or cancel it."
            if session
            else " of another account: wait until it is published, cancelled or expired."
        )
        super().__init__(f"There is an upload session for {project} {version}{what}")


class UploadSessionClosed(Conflict):
    """An upload session is closed: it is published, cancelled or expired."""

    def __init__(self, session: str, state: str) -> None:
        self.session, self.state = session, state
        super().__init__(f"The upload session is {state}: begin another one.")


class TooManyUploadSessions(Conflict):
    """An account has as many live upload sessions as it may have."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"You have {most} upload sessions under way: publish or cancel one of them first.")


class WrongOffset(Conflict):
    """
    Bytes were sent for another place than the one where those before them end.

    Attributes:
        offset: How many bytes have arrived, which is where the next ones belong.
    """

    def __init__(self, offset: int) -> None:
        self.offset = offset
        super().__init__(
            f"{offset} bytes have arrived: send those that follow, with Upload-Offset: {offset}."
        )


class ConcurrentChange(Conflict):
    """Another transaction changed the same rows first; the same call may succeed when repeated."""

    def __init__(self) -> None:
        super().__init__("The same thing was changed at the same moment: try again.")


class TooLarge(PackageIndexError):
    """A limit on size was passed."""


class FileTooLarge(TooLarge):
    """An uploaded file is larger than the index permits."""

    def __init__(self, limit: int, name: str | None = None) -> None:
        self.limit, self.name = limit, name
        subject = f"project {name!r}" if name else "a file"
        super().__init__(f"File too large. Limit for {subject} is {_megabytes(limit)}.")


class LongerThanDeclared(TooLarge):
    """More bytes were sent than the upload session has for the file."""

    def __init__(self, filename: str, size: int) -> None:
        self.filename, self.size = filename, size
        super().__init__(f"{filename} was declared with {size} bytes, and more were sent: send just these.")


class ProjectTooLarge(TooLarge):
    """With one file more a project would be larger than the index permits."""

    def __init__(self, limit: int, name: str) -> None:
        self.limit, self.name = limit, name
        super().__init__(f"Project size too large. Limit for project {name!r} is {_megabytes(limit)} total.")


class BudgetSpent(TooLarge):
    """The calls of a batch or multicall before this one took what all may take together."""

    def __init__(self, entries: int, size: int, seconds: float) -> None:
        self.entries, self.size, self.seconds = entries, size, seconds
        super().__init__(
            "The calls before this one took what those of one request may take together "
            f"({entries} entries, {_megabytes(size)}, {seconds:g} seconds): send this one on its own."
        )


class TooMany(PackageIndexError):
    """
    A rate limit was passed.

    Attributes:
        retry_after: Seconds until another try may succeed.
        policy: The name of the limit, empty for none that has one.
        quota: How many it permits.
        window: In how many seconds.
    """

    def __init__(
        self, message: str, retry_after: int, *, policy: str = "", quota: int = 0, window: int = 0
    ) -> None:
        self.retry_after = retry_after
        self.policy, self.quota, self.window = policy, quota, window
        super().__init__(message)


class Unavailable(PackageIndexError):
    """A service this needs does not answer just now."""


class StoredContentDamaged(Unavailable):
    """The stored bytes of what is listed are missing or changed; the operator has to restore them."""

    def __init__(self, key: str, what: str, how: str) -> None:
        self.key, self.what = key, what
        super().__init__(
            f"The stored object {key} of {what} {how}: restore it from a backup. "
            "`pypi-server check --thorough` finds all damage."
        )


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:g} MiB" if size >= 1024 * 1024 else f"{size} bytes"
