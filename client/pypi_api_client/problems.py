"""All that an index says of a refusal."""

from __future__ import annotations

from typing import Any

import msgspec

from pypi_protocol.errors import Problem


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True):
    """
    A refusal as the index wrote it.

    Attributes:
        code: The stable code, empty where there is none.
        problems: Every problem found.
        members: Everything else too: the members of the problem document (RFC 9457), or of the
            ``data`` of a JSON-RPC error, as JSON has them.
    """

    code: str = ""
    problems: tuple[Problem, ...] = ()
    members: dict[str, Any] = msgspec.field(default_factory=dict)


NO_PROBLEM = ProblemDocument()


def read_problem(content: object) -> ProblemDocument:
    """Read a problem document or the ``data`` of an error; whatever it is, nothing is raised."""
    if not isinstance(content, dict):
        return NO_PROBLEM
    members = {str(key): value for key, value in content.items()}
    code = members.get("code")
    listed: list[object] = next(
        (members[key] for key in ("problems", "errors") if isinstance(members.get(key), list)), []
    )
    return ProblemDocument(
        # Answers of upload endpoints have a sentence there.
        code=code if isinstance(code, str) and " " not in code else "",
        problems=tuple(each for entry in listed if (each := _problem(entry))),
        members=members,
    )


def _problem(entry: object) -> Problem | None:
    if isinstance(entry, str):
        return Problem("", entry)
    if not isinstance(entry, dict):
        return None
    # PEP 694 writes `source`.
    field, message = entry.get("field", entry.get("source", "")), entry.get("message", "")
    return Problem(str(field), str(message)) if message else None
