"""
The methods: one row a method, with what it takes, what it returns and what it refuses.

What a method does is said here and nowhere else: servers, clients, the OpenRPC document and the reference
are made of these rows.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from typing import Annotated, Any, Generic, ParamSpec, TypeAlias, TypeVar, cast

import msgspec

from pypi_protocol.errors import ErrorFamily
from pypi_protocol.records import (
    accounts,
    changes,
    documentation,
    downloads,
    files,
    indexes,
    projects,
    releases,
    search,
    tokens,
    uploads,
    validation,
)
from pypi_protocol.records.parameters import Changed, NoParameters

P = ParamSpec("P")
S = TypeVar("S", bound=msgspec.Struct)
R = TypeVar("R")


class Method(msgspec.Struct, Generic[P, S, R], frozen=True, kw_only=True):
    """
    Something that can be called.

    Attributes:
        name: What it is called by.
        params: The Struct of its parameters, in their order.
        result: The type of what it returns.
        result_name: What the OpenRPC document calls that.
        summary: What it does, in a few words.
        description: What it does, and what a caller may rely on.
        raises: The families of errors with which it is refused.
        writes: Whether it changes something, or takes as long as that.
        repeatable: Whether a caller that got no answer may call it again: the outcome is the same.
        needs_actor: Whether it refuses credentials that are not good, as all that ``writes`` does; what
            reads counts such credentials as none.
        is_personal: Whether the answer depends on who asks, beyond being given or refused.
        shows_password: Whether a parameter is a password, so that no other credentials are needed.
    """

    name: str
    params: Callable[P, S]
    result: type[R]
    result_name: str
    summary: str
    description: str
    raises: tuple[ErrorFamily, ...] = ()
    writes: bool = False
    repeatable: bool = True
    needs_actor: bool = False
    is_personal: bool = False
    shows_password: bool = False

    @property
    def parameters(self) -> tuple[msgspec.structs.FieldInfo, ...]:
        """Its parameters in their order."""
        return msgspec.structs.fields(cast("type[S]", self.params))


AnyMethod: TypeAlias = Method[..., Any, Any]


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A call with its parameters by name, and what it returns, both as JSON has them."""

    name: str
    params: dict[str, Any]
    result: Any


def examples_of(method: AnyMethod, software: str) -> tuple[Example, ...]:
    """Return the examples of *method*, in which the server calls itself *software*."""
    # Its result is the document that the examples are in.
    if method is RPC_DISCOVER:
        return ()
    content = pkgutil.get_data(__package__, f"examples/{method.name}.json") or b""
    return msgspec.json.decode(content.replace(b"an-index 1.0", software.encode()), type=tuple[Example, ...])


_READING = (ErrorFamily.UNAUTHENTICATED, ErrorFamily.FORBIDDEN)
_SESSION = (ErrorFamily.NOT_FOUND, *_READING)
_NAMED = (ErrorFamily.NOT_FOUND, ErrorFamily.INVALID, *_READING)
_PROJECT = (*_READING, ErrorFamily.NOT_FOUND, ErrorFamily.INVALID)
_LISTED = (ErrorFamily.INVALID, *_READING)
_SENT = (ErrorFamily.CONFLICT, ErrorFamily.TOO_LARGE, ErrorFamily.TOO_MANY)


def _change(params: Callable[P, S], **said: Any) -> Method[P, S, Changed]:
    """Return a method that changes something and returns the serial after that."""
    return Method(params=params, result=Changed, result_name="change", writes=True, **said)


INDEX_STATUS = Method(
    name="index.status",
    params=NoParameters,
    result=indexes.IndexStatus,
    result_name="status",
    summary="Describe the index and what it offers",
    description=(
        "Describe the index: who may do what, how much it takes, and in which ways it can be talked to."
    ),
    raises=_READING,
)

INDEX_LIST = Method(
    name="index.list",
    params=NoParameters,
    result=indexes.IndexList,
    result_name="indexes",
    summary="List the indexes of this server",
    description="List the indexes of this server that the caller may read.",
    is_personal=True,
)

SEARCH_QUERY = Method(
    name="search.query",
    params=search.SearchQueryParameters,
    result=search.SearchPage,
    result_name="page",
    summary="Find projects",
    description=(
        "Find projects by words, by single fields and by classifiers. What was just published is found a "
        "moment later."
    ),
    raises=_LISTED,
)

PROJECT_GET = Method(
    name="project.get",
    params=projects.ProjectGetParameters,
    result=projects.ProjectDescription,
    result_name="project",
    summary="Describe a project",
    description=(
        "Describe a project: its versions, and the metadata and files of one of them. The latest version "
        "is one not yanked first, then a final one, then the highest."
    ),
    raises=_NAMED,
)

PROJECT_LIST = Method(
    name="project.list",
    params=projects.ProjectListParameters,
    result=projects.ProjectPage,
    result_name="page",
    summary="Page through all projects",
    description="Page through all projects; what was there all the time is never missed.",
    raises=_LISTED,
)

PROJECT_CREATE = Method(
    name="project.create",
    params=projects.ProjectCreateParameters,
    result=projects.CreatedProject,
    result_name="project",
    summary="Create an empty project",
    description="Create an empty project, whose first owner is the caller.",
    raises=(*_READING, ErrorFamily.INVALID, ErrorFamily.CONFLICT, ErrorFamily.TOO_MANY),
    writes=True,
    repeatable=False,
)

PROJECT_SET_STATUS = _change(
    name="project.set_status",
    params=projects.ProjectSetStatusParameters,
    summary="Archive, deprecate or quarantine a project, or make it active again",
    description=(
        "Give a project a status and the reason for it. An archived project takes no uploads; a "
        "quarantined one offers nothing; of a deprecated one clients warn."
    ),
    raises=_PROJECT,
)

PROJECT_DELETE = _change(
    name="project.delete",
    params=projects.ProjectParameters,
    summary="Delete a project with everything in it",
    description=(
        "Delete a project with everything in it. Its name is free for anybody; the names of its files can "
        "never be used again."
    ),
    raises=_PROJECT,
    repeatable=False,
)

PROJECT_ROLES = Method(
    name="project.roles",
    params=projects.ProjectParameters,
    result=projects.ProjectRoles,
    result_name="roles",
    summary="List who has which role in a project",
    description="List who has which role in a project.",
    raises=_PROJECT,
)

PROJECT_DOWNLOADS = Method(
    name="project.downloads",
    params=downloads.ProjectDownloadsParameters,
    result=downloads.ProjectDownloads,
    result_name="downloads",
    summary="Count the downloads of a project",
    description=(
        "Count how often a project was downloaded: ever, lately, and of some days by day, version, "
        "installer, Python version and operating system. A file that is sent whole counts once."
    ),
    raises=_PROJECT,
)

PROJECT_ADD_ROLE = _change(
    name="project.add_role",
    params=projects.ProjectAddRoleParameters,
    summary="Give an account a role in a project",
    description="Give an account a role, in place of the one it has.",
    raises=(*_PROJECT, ErrorFamily.CONFLICT),
)

PROJECT_REMOVE_ROLE = _change(
    name="project.remove_role",
    params=projects.ProjectRemoveRoleParameters,
    summary="Take an account's role in a project away",
    description="Take an account's role away; everybody may give back their own, but for the last owner.",
    raises=(*_PROJECT, ErrorFamily.CONFLICT),
    repeatable=False,
)

RELEASE_LIST = Method(
    name="release.list",
    params=releases.ReleaseListParameters,
    result=releases.ReleasePage,
    result_name="page",
    summary="Page through the versions of a project",
    description="Page through the versions of a project, the newest first.",
    raises=_NAMED,
)

RELEASE_GET = Method(
    name="release.get",
    params=releases.ReleaseParameters,
    result=releases.ReleaseDescription,
    result_name="release",
    summary="Describe a release",
    description="Describe a release; one of a quarantined project is not found.",
    raises=_NAMED,
)

RELEASE_YANK = _change(
    name="release.yank",
    params=releases.ReleaseYankParameters,
    summary="Yank a release",
    description="Yank a release (PEP 592): installers pass it over unless it is pinned exactly.",
    raises=_NAMED,
)

RELEASE_UNYANK = _change(
    name="release.unyank",
    params=releases.ReleaseParameters,
    summary="Offer a release again",
    description="Offer a release again; files that were yanked by themselves stay so.",
    raises=_NAMED,
)

RELEASE_DELETE = _change(
    name="release.delete",
    params=releases.ReleaseParameters,
    summary="Delete a release with all its files",
    description="Delete a release with all its files, whose names can never be used again.",
    raises=_NAMED,
    repeatable=False,
)

RELEASE_SET_METADATA = _change(
    name="release.set_metadata",
    params=releases.ReleaseSetMetadataParameters,
    summary="Describe a release that has no files yet",
    description=(
        "Describe a release that has no files yet; it is created where there is none. Its first file "
        "brings metadata of its own, which then count."
    ),
    raises=(*_NAMED, ErrorFamily.CONFLICT, ErrorFamily.TOO_MANY),
)

UPLOAD_BEGIN = Method(
    name="upload.begin",
    params=uploads.UploadBeginParameters,
    result=uploads.UploadDescription,
    result_name="upload",
    summary="Announce the files of a release",
    description=(
        "Announce the files of a release; whatever can be known without their bytes is refused now. "
        "Their bytes then go by PUT to the `url` of each, with `Upload-Offset: N` where N bytes have "
        "arrived. Nothing of them is visible before release.publish. There is one live session for a "
        "release."
    ),
    raises=(*_LISTED, *_SENT),
    writes=True,
    repeatable=False,
)

UPLOAD_STATUS = Method(
    name="upload.status",
    params=uploads.UploadParameters,
    result=uploads.UploadDescription,
    result_name="upload",
    summary="Return how far an upload session is",
    description="Return how far an upload session is.",
    raises=_SESSION,
    is_personal=True,
)

UPLOAD_COMPLETE = Method(
    name="upload.complete",
    params=uploads.UploadParameters,
    result=uploads.UploadDescription,
    result_name="upload",
    summary="Check an upload session without publishing it",
    description=(
        "Check that all files of a session have arrived and may be published, without publishing them. All "
        "problems of all files are reported, each with the file name as its field; the session then stays "
        "open."
    ),
    raises=(*_SESSION, ErrorFamily.INVALID, ErrorFamily.CONFLICT),
    writes=True,
)

UPLOAD_CANCEL = Method(
    name="upload.cancel",
    params=uploads.UploadParameters,
    result=uploads.UploadDescription,
    result_name="upload",
    summary="Cancel an upload session",
    description="Cancel an upload session and free its bytes.",
    raises=(*_SESSION, ErrorFamily.CONFLICT),
    writes=True,
    repeatable=False,
)

RELEASE_PUBLISH = Method(
    name="release.publish",
    params=uploads.UploadParameters,
    result=uploads.UploadDescription,
    result_name="upload",
    summary="Make all files of an upload session visible at once",
    description=(
        "Make all files of an upload session visible at once, checking them as upload.complete does. Its "
        "documentation is published in the same step. When anything is wrong nothing becomes visible. "
        "Publishing a published session changes nothing."
    ),
    raises=(*_SESSION, ErrorFamily.INVALID, *_SENT),
    writes=True,
)

FILE_GET = Method(
    name="file.get",
    params=files.FileParameters,
    result=files.FoundFile,
    result_name="file",
    summary="Describe a file",
    description="Describe a file that the index offers.",
    raises=_NAMED,
)

FILE_FIND = Method(
    name="file.find",
    params=files.FileFindParameters,
    result=files.FoundFile,
    result_name="file",
    summary="Find a file by its digest",
    description="Find the file that the index offers with these bytes, whatever its name.",
    raises=_NAMED,
)

FILE_STATUS = Method(
    name="file.status",
    params=files.FileParameters,
    result=files.FileStatus,
    result_name="status",
    summary="Explain what has become of a file",
    description=(
        "Explain whether a file is stored, checked and visible, and if not, why not. Every file that is "
        "listed was checked before; a name that was never used is `unknown`."
    ),
    raises=_READING,
)

FILE_YANK = _change(
    name="file.yank",
    params=files.FileYankParameters,
    summary="Yank one file",
    description="Yank one file (PEP 592): installers pass it over unless its version is pinned exactly.",
    raises=_NAMED,
)

FILE_UNYANK = _change(
    name="file.unyank",
    params=files.FileParameters,
    summary="Offer one file again",
    description="Offer one file again; it stays yanked as long as its release is.",
    raises=_NAMED,
)

FILE_DELETE = _change(
    name="file.delete",
    params=files.FileParameters,
    summary="Delete one file",
    description="Delete one file; its name can never be used again.",
    raises=_NAMED,
    repeatable=False,
)

DOCS_BEGIN = Method(
    name="docs.begin",
    params=documentation.DocsBeginParameters,
    result=documentation.BegunUpload,
    result_name="upload",
    summary="Announce documentation",
    description=(
        "Announce the documentation of a version: a ZIP with `index.html` at its top level. Its bytes go "
        "by PUT to the URL returned, in one request or several, each with the header `Upload-Offset`; then "
        "`docs.complete` publishes it. An unfinished session that an earlier call began for the version is "
        "cancelled."
    ),
    raises=(*_NAMED, *_SENT),
    writes=True,
)

DOCS_COMPLETE = Method(
    name="docs.complete",
    params=documentation.DocsCompleteParameters,
    result=documentation.DocumentationDescription,
    result_name="documentation",
    summary="Publish documentation that has arrived",
    description=(
        "Check what arrived against all rules, and publish it; may be repeated. The pages are shown once "
        "they are unpacked, all at once; until then the version shows the previous ones."
    ),
    raises=(*_NAMED, *_SENT),
    writes=True,
)

DOCS_LIST = Method(
    name="docs.list",
    params=releases.ReleaseListParameters,
    result=documentation.DocumentationPage,
    result_name="documentation",
    summary="List the documentation of a project",
    description=(
        "Page through the documentation of a project, one entry for each version that has some, newest first."
    ),
    raises=_NAMED,
)

DOCS_DELETE = Method(
    name="docs.delete",
    params=releases.ReleaseParameters,
    result=Changed,
    result_name="deleted",
    summary="Delete documentation",
    description="Delete the documentation of a version; it can be uploaded again.",
    raises=_NAMED,
    writes=True,
    repeatable=False,
)

CHANGES_SINCE = Method(
    name="changes.since",
    params=changes.ChangesSinceParameters,
    result=changes.ChangePage,
    result_name="page",
    summary="List what happened on the index",
    description=(
        "List what happened on the index after a serial; nothing is missed and nothing comes twice. To "
        "wait for the next change, use the change feed."
    ),
    raises=_LISTED,
)

VALIDATE_METADATA = Method(
    name="validate.metadata",
    params=validation.ValidateMetadataParameters,
    result=validation.Verdict,
    result_name="verdict",
    summary="Check core metadata against the rules of this index",
    description=(
        "Check core metadata against every rule of this index; nothing is stored. Needs an account, which "
        "may check so many texts in an hour."
    ),
    raises=(*_READING, ErrorFamily.TOO_MANY),
    writes=True,
)

VALIDATE_FILENAME = Method(
    name="validate.filename",
    params=validation.ValidateFilenameParameters,
    result=validation.Verdict,
    result_name="verdict",
    summary="Check a file name against the rules of this index",
    description="Check a file name against every rule of this index that needs nothing but the name.",
    raises=_READING,
)

TOKEN_CREATE = Method(
    name="token.create",
    params=tokens.TokenCreateParameters,
    result=tokens.NewToken,
    result_name="token",
    summary="Make a token",
    description="Make a token for the caller; a token that is limited cannot make any.",
    raises=(*_READING, ErrorFamily.INVALID),
    writes=True,
    repeatable=False,
)

TOKEN_EXCHANGE = Method(
    name="token.exchange",
    params=tokens.TokenExchangeParameters,
    result=tokens.NewToken,
    result_name="token",
    summary="Exchange a password for a token",
    description=(
        "Make a token for whoever knows the password: how a person logs in. Attempts that fail are counted "
        "as failed logins are, by user name and address."
    ),
    raises=(*_READING, ErrorFamily.INVALID, ErrorFamily.TOO_MANY),
    writes=True,
    repeatable=False,
    shows_password=True,
)

TOKEN_LIST = Method(
    name="token.list",
    params=NoParameters,
    result=tokens.TokenList,
    result_name="tokens",
    summary="List one's tokens",
    description="List the caller's tokens, without their secrets; a limited token sees itself alone.",
    raises=_READING,
    is_personal=True,
)

TOKEN_REVOKE = Method(
    name="token.revoke",
    params=tokens.TokenRevokeParameters,
    result=tokens.Revoked,
    result_name="token",
    summary="Revoke a token",
    description=(
        "Revoke one of the caller's tokens, also the one that the call is made with. A limited token can "
        "revoke itself only."
    ),
    raises=(*_READING, ErrorFamily.NOT_FOUND),
    writes=True,
    repeatable=False,
)

ACCOUNT_WHOAMI = Method(
    name="account.whoami",
    params=NoParameters,
    result=accounts.Whoami,
    result_name="caller",
    summary="Return who is calling",
    description=(
        "Return who is calling and what the token is limited to. A caller who sends no credentials is "
        "anonymous; credentials that are not good are an error."
    ),
    raises=(ErrorFamily.UNAUTHENTICATED,),
    needs_actor=True,
)

ACCOUNT_CHANGE_PASSWORD = Method(
    name="account.change_password",
    params=accounts.ChangePasswordParameters,
    result=accounts.PasswordChanged,
    result_name="account",
    summary="Change one's password",
    description=(
        "Change the password of an account by showing the old one; no token is needed, and none is enough. "
        "Attempts that fail are counted as failed logins are, by user name and address."
    ),
    raises=(ErrorFamily.UNAUTHENTICATED, ErrorFamily.INVALID, ErrorFamily.TOO_MANY),
    writes=True,
    repeatable=False,
    shows_password=True,
)

Document = Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "object"})]

RPC_DISCOVER = Method(
    name="rpc.discover",
    params=NoParameters,
    result=Document,
    result_name="OpenRPC Schema",
    summary="Describe this protocol",
    description="Return the OpenRPC document of this protocol.",
)

METHODS: tuple[AnyMethod, ...] = tuple(each for each in tuple(globals().values()) if isinstance(each, Method))
"""All of them, in the order in which they stand above."""
