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
from pypi_protocol.records.accounts import ChangePasswordParameters, PasswordChanged, Whoami
from pypi_protocol.records.changes import ChangePage, ChangesSinceParameters
from pypi_protocol.records.documentation import (
    BegunUpload,
    DocsBeginParameters,
    DocsCompleteParameters,
    DocsDeleteParameters,
    DocsListParameters,
    DocumentationDescription,
    DocumentationPage,
)
from pypi_protocol.records.files import (
    FileFindParameters,
    FileParameters,
    FileStatus,
    FileYankParameters,
    FoundFile,
)
from pypi_protocol.records.indexes import IndexList, IndexStatus
from pypi_protocol.records.parameters import Changed, NoParameters
from pypi_protocol.records.projects import (
    CreatedProject,
    ProjectAddRoleParameters,
    ProjectCreateParameters,
    ProjectDescription,
    ProjectGetParameters,
    ProjectListParameters,
    ProjectPage,
    ProjectParameters,
    ProjectRemoveRoleParameters,
    ProjectRoles,
    ProjectSetStatusParameters,
)
from pypi_protocol.records.releases import (
    ReleaseDescription,
    ReleaseListParameters,
    ReleasePage,
    ReleaseParameters,
    ReleaseSetMetadataParameters,
    ReleaseYankParameters,
)
from pypi_protocol.records.search import SearchPage, SearchQueryParameters
from pypi_protocol.records.tokens import (
    NewToken,
    Revoked,
    TokenCreateParameters,
    TokenExchangeParameters,
    TokenList,
    TokenRevokeParameters,
)
from pypi_protocol.records.uploads import UploadBeginParameters, UploadDescription, UploadParameters
from pypi_protocol.records.validation import ValidateFilenameParameters, ValidateMetadataParameters, Verdict

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

INDEX_STATUS = Method(
    name="index.status",
    params=NoParameters,
    result=IndexStatus,
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
    result=IndexList,
    result_name="indexes",
    summary="List the indexes of this server",
    description="List the indexes of this server that the caller may read.",
    is_personal=True,
)

SEARCH_QUERY = Method(
    name="search.query",
    params=SearchQueryParameters,
    result=SearchPage,
    result_name="page",
    summary="Find projects",
    description=(
        "Find projects by words, by single fields and by classifiers. What was just published is found a "
        "moment later."
    ),
    raises=(ErrorFamily.INVALID, ErrorFamily.UNAUTHENTICATED, ErrorFamily.FORBIDDEN),
)

PROJECT_GET = Method(
    name="project.get",
    params=ProjectGetParameters,
    result=ProjectDescription,
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
    params=ProjectListParameters,
    result=ProjectPage,
    result_name="page",
    summary="Page through all projects",
    description="Page through all projects; what was there all the time is never missed.",
    raises=(ErrorFamily.INVALID, ErrorFamily.UNAUTHENTICATED, ErrorFamily.FORBIDDEN),
)

PROJECT_CREATE = Method(
    name="project.create",
    params=ProjectCreateParameters,
    result=CreatedProject,
    result_name="project",
    summary="Create an empty project",
    description="Create an empty project, whose first owner is the caller.",
    raises=(*_READING, ErrorFamily.INVALID, ErrorFamily.CONFLICT, ErrorFamily.TOO_MANY),
    writes=True,
    repeatable=False,
)

PROJECT_SET_STATUS = Method(
    name="project.set_status",
    params=ProjectSetStatusParameters,
    result=Changed,
    result_name="change",
    summary="Archive, deprecate or quarantine a project, or make it active again",
    description=(
        "Give a project a status and the reason for it. An archived project takes no uploads; a "
        "quarantined one offers nothing; of a deprecated one clients warn."
    ),
    raises=_PROJECT,
    writes=True,
)

PROJECT_DELETE = Method(
    name="project.delete",
    params=ProjectParameters,
    result=Changed,
    result_name="change",
    summary="Delete a project with everything in it",
    description=(
        "Delete a project with everything in it. Its name is free for anybody; the names of its files can "
        "never be used again."
    ),
    raises=_PROJECT,
    writes=True,
    repeatable=False,
)

PROJECT_ROLES = Method(
    name="project.roles",
    params=ProjectParameters,
    result=ProjectRoles,
    result_name="roles",
    summary="Tell who has which role in a project",
    description="Tell who has which role in a project.",
    raises=_PROJECT,
)

PROJECT_ADD_ROLE = Method(
    name="project.add_role",
    params=ProjectAddRoleParameters,
    result=Changed,
    result_name="change",
    summary="Give an account a role in a project",
    description="Give an account a role, in place of the one it has.",
    raises=(*_PROJECT, ErrorFamily.CONFLICT),
    writes=True,
)

PROJECT_REMOVE_ROLE = Method(
    name="project.remove_role",
    params=ProjectRemoveRoleParameters,
    result=Changed,
    result_name="change",
    summary="Take an account's role in a project away",
    description="Take an account's role away; everybody may give back their own, but for the last owner.",
    raises=(*_PROJECT, ErrorFamily.CONFLICT),
    writes=True,
    repeatable=False,
)

RELEASE_LIST = Method(
    name="release.list",
    params=ReleaseListParameters,
    result=ReleasePage,
    result_name="page",
    summary="Page through the versions of a project",
    description="Page through the versions of a project, the newest first.",
    raises=_NAMED,
)

RELEASE_GET = Method(
    name="release.get",
    params=ReleaseParameters,
    result=ReleaseDescription,
    result_name="release",
    summary="Describe a release",
    description="Describe a release; one of a quarantined project is not found.",
    raises=_NAMED,
)

RELEASE_YANK = Method(
    name="release.yank",
    params=ReleaseYankParameters,
    result=Changed,
    result_name="change",
    summary="Yank a release",
    description="Yank a release (PEP 592): installers pass it over unless it is pinned exactly.",
    raises=_NAMED,
    writes=True,
)

RELEASE_UNYANK = Method(
    name="release.unyank",
    params=ReleaseParameters,
    result=Changed,
    result_name="change",
    summary="Offer a release again",
    description="Offer a release again; files that were yanked by themselves stay so.",
    raises=_NAMED,
    writes=True,
)

RELEASE_DELETE = Method(
    name="release.delete",
    params=ReleaseParameters,
    result=Changed,
    result_name="change",
    summary="Delete a release with all its files",
    description="Delete a release with all its files, whose names can never be used again.",
    raises=_NAMED,
    writes=True,
    repeatable=False,
)

RELEASE_SET_METADATA = Method(
    name="release.set_metadata",
    params=ReleaseSetMetadataParameters,
    result=Changed,
    result_name="change",
    summary="Describe a release that has no files yet",
    description=(
        "Describe a release that has no files yet; it is created where there is none. Its first file "
        "brings metadata of its own, which then count."
    ),
    raises=(*_NAMED, ErrorFamily.CONFLICT, ErrorFamily.TOO_MANY),
    writes=True,
)

UPLOAD_BEGIN = Method(
    name="upload.begin",
    params=UploadBeginParameters,
    result=UploadDescription,
    result_name="upload",
    summary="Announce the files of a release",
    description=(
        "Announce the files of a release; whatever can be known without their bytes is refused now. "
        "Their bytes then go by PUT to the `url` of each, with `Upload-Offset: N` where N bytes have "
        "arrived. Nothing of them is visible before release.publish. There is one live session for a "
        "release."
    ),
    raises=(
        ErrorFamily.INVALID,
        ErrorFamily.UNAUTHENTICATED,
        ErrorFamily.FORBIDDEN,
        ErrorFamily.CONFLICT,
        ErrorFamily.TOO_LARGE,
        ErrorFamily.TOO_MANY,
    ),
    writes=True,
    repeatable=False,
)

UPLOAD_STATUS = Method(
    name="upload.status",
    params=UploadParameters,
    result=UploadDescription,
    result_name="upload",
    summary="Return how far an upload session is",
    description="Return how far an upload session is.",
    raises=_SESSION,
    is_personal=True,
)

UPLOAD_COMPLETE = Method(
    name="upload.complete",
    params=UploadParameters,
    result=UploadDescription,
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
    params=UploadParameters,
    result=UploadDescription,
    result_name="upload",
    summary="Cancel an upload session",
    description="Cancel an upload session and free its bytes.",
    raises=(*_SESSION, ErrorFamily.CONFLICT),
    writes=True,
    repeatable=False,
)

RELEASE_PUBLISH = Method(
    name="release.publish",
    params=UploadParameters,
    result=UploadDescription,
    result_name="upload",
    summary="Make all files of an upload session visible at once",
    description=(
        "Make all files of an upload session visible at once, checking them as upload.complete does. Its "
        "documentation is published in the same step. When anything is wrong nothing becomes visible. "
        "Publishing a published session changes nothing."
    ),
    raises=(
        *_SESSION,
        ErrorFamily.INVALID,
        ErrorFamily.CONFLICT,
        ErrorFamily.TOO_LARGE,
        ErrorFamily.TOO_MANY,
    ),
    writes=True,
)

FILE_GET = Method(
    name="file.get",
    params=FileParameters,
    result=FoundFile,
    result_name="file",
    summary="Describe a file",
    description="Describe a file that the index offers.",
    raises=_NAMED,
)

FILE_FIND = Method(
    name="file.find",
    params=FileFindParameters,
    result=FoundFile,
    result_name="file",
    summary="Find a file by its digest",
    description="Find the file that the index offers with these bytes, whatever its name.",
    raises=_NAMED,
)

FILE_STATUS = Method(
    name="file.status",
    params=FileParameters,
    result=FileStatus,
    result_name="status",
    summary="Explain what has become of a file",
    description=(
        "Explain whether a file is stored, checked and visible, and if not, why not. Every file that is "
        "listed was checked before; a name that was never used is `unknown`."
    ),
    raises=_READING,
)

FILE_YANK = Method(
    name="file.yank",
    params=FileYankParameters,
    result=Changed,
    result_name="change",
    summary="Yank one file",
    description=("Yank one file (PEP 592): installers pass it over unless its version is pinned exactly."),
    raises=_NAMED,
    writes=True,
)

FILE_UNYANK = Method(
    name="file.unyank",
    params=FileParameters,
    result=Changed,
    result_name="change",
    summary="Offer one file again",
    description="Offer one file again; it stays yanked as long as its release is.",
    raises=_NAMED,
    writes=True,
)

FILE_DELETE = Method(
    name="file.delete",
    params=FileParameters,
    result=Changed,
    result_name="change",
    summary="Delete one file",
    description="Delete one file; its name can never be used again.",
    raises=_NAMED,
    writes=True,
    repeatable=False,
)

DOCS_BEGIN = Method(
    name="docs.begin",
    params=DocsBeginParameters,
    result=BegunUpload,
    result_name="upload",
    summary="Announce documentation",
    description=(
        "Announce the documentation of a version: a ZIP with `index.html` at its top level. Its bytes go "
        "by PUT to the URL returned, in one request or several, each with the header `Upload-Offset`; then "
        "`docs.complete` publishes it. An unfinished session that an earlier call began for the version is "
        "cancelled."
    ),
    raises=(*_NAMED, ErrorFamily.CONFLICT, ErrorFamily.TOO_LARGE, ErrorFamily.TOO_MANY),
    writes=True,
)

DOCS_COMPLETE = Method(
    name="docs.complete",
    params=DocsCompleteParameters,
    result=DocumentationDescription,
    result_name="documentation",
    summary="Publish documentation that has arrived",
    description=(
        "Check what arrived against all rules, and publish it; may be repeated. The pages are shown once "
        "they are unpacked, all at once; until then the version shows the previous ones."
    ),
    raises=(*_NAMED, ErrorFamily.CONFLICT, ErrorFamily.TOO_LARGE, ErrorFamily.TOO_MANY),
    writes=True,
)

DOCS_LIST = Method(
    name="docs.list",
    params=DocsListParameters,
    result=DocumentationPage,
    result_name="documentation",
    summary="List the documentation of a project",
    description=(
        "Page through the documentation of a project, one entry for each version that has some, newest first."
    ),
    raises=_NAMED,
)

DOCS_DELETE = Method(
    name="docs.delete",
    params=DocsDeleteParameters,
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
    params=ChangesSinceParameters,
    result=ChangePage,
    result_name="page",
    summary="Tell what happened on the index",
    description=(
        "Tell what happened on the index after a serial; nothing is missed and nothing comes twice. To "
        "wait for the next change, use the change feed."
    ),
    raises=(ErrorFamily.INVALID, ErrorFamily.UNAUTHENTICATED, ErrorFamily.FORBIDDEN),
)

VALIDATE_METADATA = Method(
    name="validate.metadata",
    params=ValidateMetadataParameters,
    result=Verdict,
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
    params=ValidateFilenameParameters,
    result=Verdict,
    result_name="verdict",
    summary="Hold a file name against the rules of this index",
    description="Hold a file name against every rule of this index that needs nothing but the name.",
    raises=_READING,
)

TOKEN_CREATE = Method(
    name="token.create",
    params=TokenCreateParameters,
    result=NewToken,
    result_name="token",
    summary="Make a token",
    description="Make a token for the caller; a token that is limited cannot make any.",
    raises=(*_READING, ErrorFamily.INVALID),
    writes=True,
    repeatable=False,
)

TOKEN_EXCHANGE = Method(
    name="token.exchange",
    params=TokenExchangeParameters,
    result=NewToken,
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
    result=TokenList,
    result_name="tokens",
    summary="List one's tokens",
    description="List the caller's tokens, without their secrets; a limited token sees itself alone.",
    raises=_READING,
    is_personal=True,
)

TOKEN_REVOKE = Method(
    name="token.revoke",
    params=TokenRevokeParameters,
    result=Revoked,
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
    result=Whoami,
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
    params=ChangePasswordParameters,
    result=PasswordChanged,
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

METHODS: tuple[AnyMethod, ...] = (
    INDEX_STATUS,
    INDEX_LIST,
    SEARCH_QUERY,
    PROJECT_GET,
    PROJECT_LIST,
    PROJECT_CREATE,
    PROJECT_SET_STATUS,
    PROJECT_DELETE,
    PROJECT_ROLES,
    PROJECT_ADD_ROLE,
    PROJECT_REMOVE_ROLE,
    RELEASE_LIST,
    RELEASE_GET,
    RELEASE_YANK,
    RELEASE_UNYANK,
    RELEASE_DELETE,
    RELEASE_SET_METADATA,
    UPLOAD_BEGIN,
    UPLOAD_STATUS,
    UPLOAD_COMPLETE,
    UPLOAD_CANCEL,
    RELEASE_PUBLISH,
    FILE_GET,
    FILE_FIND,
    FILE_STATUS,
    FILE_YANK,
    FILE_UNYANK,
    FILE_DELETE,
    DOCS_BEGIN,
    DOCS_COMPLETE,
    DOCS_LIST,
    DOCS_DELETE,
    CHANGES_SINCE,
    VALIDATE_METADATA,
    VALIDATE_FILENAME,
    TOKEN_CREATE,
    TOKEN_EXCHANGE,
    TOKEN_LIST,
    TOKEN_REVOKE,
    ACCOUNT_WHOAMI,
    ACCOUNT_CHANGE_PASSWORD,
    RPC_DISCOVER,
)
