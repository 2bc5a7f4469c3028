"""Which function answers which method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from pypi_core.domain.accounts import Actor
from pypi_core.index import Index
from pypi_core.site import Site
from pypi_jsonrpc_api.answers.accounts import AccountAnswers
from pypi_jsonrpc_api.answers.changes import changes_since
from pypi_jsonrpc_api.answers.documentation import docs_begin, docs_complete, docs_delete, docs_list
from pypi_jsonrpc_api.answers.files import (
    file_delete,
    file_find,
    file_get,
    file_status,
    file_unyank,
    file_yank,
)
from pypi_jsonrpc_api.answers.indexes import SiteAnswers, index_status
from pypi_jsonrpc_api.answers.projects import (
    project_add_role,
    project_create,
    project_delete,
    project_get,
    project_list,
    project_remove_role,
    project_roles,
    project_set_status,
)
from pypi_jsonrpc_api.answers.releases import (
    release_delete,
    release_get,
    release_list,
    release_set_metadata,
    release_unyank,
    release_yank,
)
from pypi_jsonrpc_api.answers.search import search_query
from pypi_jsonrpc_api.answers.tokens import TokenAnswers
from pypi_jsonrpc_api.answers.uploads import (
    release_publish,
    upload_begin,
    upload_cancel,
    upload_complete,
    upload_status,
)
from pypi_jsonrpc_api.answers.validation import validate_filename, validate_metadata
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
        Answer(methods.SEARCH_QUERY, search_query, costly=True),
        Answer(methods.PROJECT_GET, project_get),
        Answer(methods.PROJECT_LIST, project_list),
        Answer(methods.PROJECT_CREATE, project_create),
        Answer(methods.PROJECT_SET_STATUS, project_set_status),
        Answer(methods.PROJECT_DELETE, project_delete),
        Answer(methods.PROJECT_ROLES, project_roles),
        Answer(methods.PROJECT_ADD_ROLE, project_add_role),
        Answer(methods.PROJECT_REMOVE_ROLE, project_remove_role),
        Answer(methods.RELEASE_LIST, release_list),
        Answer(methods.RELEASE_GET, release_get),
        Answer(methods.RELEASE_YANK, release_yank),
        Answer(methods.RELEASE_UNYANK, release_unyank),
        Answer(methods.RELEASE_DELETE, release_delete),
        Answer(methods.RELEASE_SET_METADATA, release_set_metadata, costly=True, entries=_MANY),
        Answer(methods.UPLOAD_BEGIN, upload_begin),
        Answer(methods.UPLOAD_STATUS, upload_status),
        Answer(methods.UPLOAD_COMPLETE, upload_complete, entries=_MANY),
        Answer(methods.UPLOAD_CANCEL, upload_cancel),
        Answer(methods.RELEASE_PUBLISH, release_publish, entries=_MANY),
        Answer(methods.FILE_GET, file_get),
        Answer(methods.FILE_FIND, file_find),
        Answer(methods.FILE_STATUS, file_status),
        Answer(methods.FILE_YANK, file_yank),
        Answer(methods.FILE_UNYANK, file_unyank),
        Answer(methods.FILE_DELETE, file_delete),
        Answer(methods.DOCS_BEGIN, docs_begin),
        Answer(methods.DOCS_COMPLETE, docs_complete),
        Answer(methods.DOCS_LIST, docs_list),
        Answer(methods.DOCS_DELETE, docs_delete),
        Answer(methods.CHANGES_SINCE, changes_since, costly=True),
        Answer(methods.VALIDATE_METADATA, validate_metadata, costly=True, entries=_MANY),
        Answer(methods.VALIDATE_FILENAME, validate_filename),
        Answer(methods.TOKEN_CREATE, tokens.create),
        Answer(methods.TOKEN_EXCHANGE, tokens.exchange, costly=True, entries=_MANY),
        Answer(methods.TOKEN_LIST, tokens.list),
        Answer(methods.TOKEN_REVOKE, tokens.revoke),
        Answer(methods.ACCOUNT_WHOAMI, accounts.whoami),
        Answer(methods.ACCOUNT_CHANGE_PASSWORD, accounts.change_password, costly=True, entries=_MANY),
    )
