"""The audit log: who did what, when, from where and with which token."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NewType

import msgspec

from pypi_core.domain.accounts import AccountId, Actor, Proof, TokenId
from pypi_core.domain.events import Event
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName, normalize
from pypi_core.domain.origins import AuditedOrigin
from pypi_core.domain.site_events import SiteEvent

AuditId = NewType("AuditId", int)

_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_OWN_PLACE = frozenset({"index", "project", "version", "filename"})


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """
    One write, as the log keeps it for administrators; the public journal is another thing.

    Attributes:
        moment: When it was committed.
        index: Where; ``None`` for what spans indexes.
        username: Who did it, with ``account_id``, which is ``None`` for the operator.
        proof: How they showed who they are, with ``token_id`` for a token.
        origin: From where.
        action: What was done: the name of the event, as in ``file-published``.
        project: To which project, with ``version`` and ``filename`` where one is concerned.
        detail: Whatever else there is to say of it, as a JSON object.
    """

    moment: datetime
    index: IndexName | None = None
    username: str
    account_id: AccountId | None = None
    proof: Proof
    token_id: TokenId | None = None
    origin: AuditedOrigin = AuditedOrigin()
    action: str
    project: NormalizedName | None = None
    version: str | None = None
    filename: str | None = None
    detail: str = "{}"


class KeptEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry under its id; later entries have higher ones."""

    id: AuditId
    entry: AuditEntry


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are asked for; ``None`` is any."""

    index: IndexName | None = None
    project: NormalizedName | None = None
    username: str | None = None


def audit_entries(
    events: Iterable[Event | SiteEvent], actor: Actor, now: datetime, index: IndexName | None = None
) -> Sequence[AuditEntry]:
    """Return an entry for each of *events*, which *actor* made happen, on *index* if they are of one."""
    return [
        AuditEntry(
            moment=now,
            index=each.index if isinstance(each, SiteEvent) else index,
            username=actor.username,
            account_id=actor.account_id,
            proof=actor.proof,
            token_id=actor.token_id,
            origin=AuditedOrigin(address=actor.origin.address, user_agent=actor.origin.user_agent),
            action=_WORD.sub("-", type(each).__name__).lower(),
            project=normalize(each.project) if isinstance(each, Event) else None,
            version=str(each.version) if isinstance(each, Event) and each.version is not None else None,
            filename=getattr(each, "filename", None),
            detail=_detail(each),
        )
        for each in events
    ]


def _detail(event: Event | SiteEvent) -> str:
    """Return what the entry has no column for, as events of every kind have it."""
    fields = {
        name: value
        for name in event.__struct_fields__
        if name not in _OWN_PLACE and (value := getattr(event, name)) is not None
    }
    return msgspec.json.encode(fields, order="deterministic").decode()
