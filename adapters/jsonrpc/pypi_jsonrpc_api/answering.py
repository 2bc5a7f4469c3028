"""Which function answers which method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from pypi_core.domain.accounts import Actor
from pypi_core.index import Index
from pypi_core.site import Site
from pypi_jsonrpc_api.answers import (
    changes,
    documentation,
    downloads,
    files,
    projects,
    releases,
    search,
    uploads,
    validation,
)
from pypi_jsonrpc_api.answers.accounts import AccountAnswers
from pypi_jsonrpc_api.answers.indexes import SiteAnswers, index_status
from pypi_jsonrpc_api.answers.tokens import TokenAnswers
from pypi_protocol import methods
from pypi_protocol.methods import Method

S = TypeVar("S", bound=msgspec.Struct)
R = TypeVar("R")


class Answer(msgspec.Struct, Generic[S, R], frozen=True):
    """
    A method and the function that answers it, which takes the index, the actor and the parameters.

    What is ``costly`` takes long or much memory for a single caller.  In a batch a call counts as so
    many ``entries`` of a list, or as its parameter ``limit`` says.
    """

    method: Method[..., S, R]
    function: Callable[[Index, Actor, S], R]
    costly: bool = False
    entries: int = 1


AnyAnswer: TypeAlias = Answer[Any, Any]

_MANY = 10_000


def answers(site: Site) -> tuple[AnyAnswer, ...]:
    """Return the answers to all methods but discovery; *site* is what the indexes share."""
    indexes, tokens, accounts = SiteAnswers(site), TokenAnswers(site), AccountAnswers(site)
    return (
        Answer(methods.INDEX_STATUS, index_status),
        Answer(methods.INDEX_LIST, indexes.index_list),
        Answer(methods.SEARCH_QUERY, search.search_query, costly=True),
        Answer(methods.PROJECT_GET, projects.project_get),
        Answer(methods.PROJECT_LIST, projects.project_list),
        Answer(methods.PROJECT_CREATE, projects.project_create),
        Answer(methods.PROJECT_SET_STATUS, projects.project_set_status),
        Answer(methods.PROJECT_DELETE, projects.project_delete),
        Answer(methods.PROJECT_ROLES, projects.project_roles),
        Answer(methods.PROJECT_DOWNLOADS, downloads.project_downloads),
        Answer(methods.PROJECT_ADD_ROLE, projects.project_add_role),
        Answer(methods.PROJECT_REMOVE_ROLE, projects.project_remove_role),
        Answer(methods.RELEASE_LIST, releases.release_list),
        Answer(methods.RELEASE_GET, releases.release_get),
        Answer(methods.RELEASE_YANK, releases.release_yank),
        Answer(methods.RELEASE_UNYANK, releases.release_unyank),
        Answer(methods.RELEASE_DELETE, releases.release_delete),
        Answer(methods.RELEASE_SET_METADATA, releases.release_set_metadata, costly=True, entries=_MANY),
        Answer(methods.UPLOAD_BEGIN, uploads.upload_begin),
        Answer(methods.UPLOAD_STATUS, uploads.upload_status),
        Answer(methods.UPLOAD_COMPLETE, uploads.upload_complete, entries=_MANY),
        Answer(methods.UPLOAD_CANCEL, uploads.upload_cancel),
        Answer(methods.RELEASE_PUBLISH, uploads.release_publish, entries=_MANY),
        Answer(methods.FILE_GET, files.file_get),
        Answer(methods.FILE_FIND, files.file_find),
        Answer(methods.FILE_STATUS, files.file_status),
        Answer(methods.FILE_YANK, files.file_yank),
        Answer(methods.FILE_UNYANK, files.file_unyank),
        Answer(methods.FILE_DELETE, files.file_delete),
        Answer(methods.DOCS_BEGIN, documentation.docs_begin),
        Answer(methods.DOCS_COMPLETE, documentation.docs_complete),
        Answer(methods.DOCS_LIST, documentation.docs_list),
        Answer(methods.DOCS_DELETE, documentation.docs_delete),
        Answer(methods.CHANGES_SINCE, changes.changes_since, costly=True),
        Answer(methods.VALIDATE_METADATA, validation.validate_metadata, costly=True, entries=_MANY),
        Answer(methods.VALIDATE_FILENAME, validation.validate_filename),
        Answer(methods.TOKEN_CREATE, tokens.create),
        Answer(methods.TOKEN_EXCHANGE, tokens.exchange, costly=True, entries=_MANY),
        Answer(methods.TOKEN_LIST, tokens.list),
        Answer(methods.TOKEN_REVOKE, tokens.revoke),
        Answer(methods.ACCOUNT_WHOAMI, accounts.whoami),
        Answer(methods.ACCOUNT_CHANGE_PASSWORD, accounts.change_password, costly=True, entries=_MANY),
    )
