"""What came of each claim, and of all together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

import msgspec

from pypi_conformance.registry import Claim, Keyword, Level, NotChecked, NotOffered

_LONGEST_REASON = 300


class Outcome(StrEnum):
    """What a check found."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_OFFERED = "not offered"
    NOT_CHECKED = "not checked"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A claim and what came of it; ``reason`` is empty where it holds."""

    claim: Claim
    outcome: Outcome
    reason: str = ""

    @property
    def is_failure(self) -> bool:
        """Return whether the index breaks what it has to do."""
        return self.outcome is Outcome.FAILS and self.claim.keyword is Keyword.MUST

    @property
    def is_warning(self) -> bool:
        """Return whether the index does not do what it should."""
        return self.outcome is Outcome.FAILS and self.claim.keyword is Keyword.SHOULD


def judge(claim: Claim, error: BaseException | None) -> Result:
    """
    Say what it means that the check of *claim* raised *error*, or nothing.

    An answer of such a shape that the check stumbles is a failure too.  What an index may do and
    does not is not offered.
    """
    match error:
        case None:
            return Result(claim=claim, outcome=Outcome.HOLDS)
        case NotOffered():
            return Result(claim=claim, outcome=Outcome.NOT_OFFERED, reason=_line(str(error)))
        case NotChecked():
            return Result(claim=claim, outcome=Outcome.NOT_CHECKED, reason=_line(str(error)))
        case AssertionError():
            reason = _line(str(error))
        case _:
            reason = _line(f"The answer has not the shape expected: {type(error).__name__}: {error}")
    outcome = Outcome.NOT_OFFERED if claim.keyword is Keyword.MAY else Outcome.FAILS
    return Result(claim=claim, outcome=outcome, reason=reason)


def _line(text: str) -> str:
    """Return the first line of a message without anything that could command a terminal."""
    first = text.strip().partition("\n")[0]
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in first)
    return shown if len(shown) <= _LONGEST_REASON else shown[: _LONGEST_REASON - 1] + "…"


class LevelStanding(msgspec.Struct, frozen=True):
    """Whether an index offers a level; ``reason`` says why that could not be found out."""

    is_offered: bool
    reason: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that one run found."""

    url: str
    standings: dict[Level, LevelStanding]
    missing: tuple[Level, ...]
    results: tuple[Result, ...]

    @property
    def failures(self) -> list[Result]:
        """Return the claims that had to hold and did not."""
        return [each for each in self.results if each.is_failure]

    @property
    def warnings(self) -> list[Result]:
        """Return the claims that should hold and do not."""
        return [each for each in self.results if each.is_warning]

    @property
    def is_empty(self) -> bool:
        """Return whether nothing could be checked at all, and nothing had to be there."""
        return not self.missing and not any(each.is_offered for each in self.standings.values())

    @property
    def exit_code(self) -> int:
        """Return 1 where a claim failed or a level is missing that was required."""
        return 1 if self.failures or self.missing else 0

    def as_json(self) -> bytes:
        """Return the report for a program."""
        return msgspec.json.format(
            msgspec.json.encode(
                {
                    "url": self.url,
                    "conforms": self.exit_code == 0,
                    "levels": {
                        level: {"offered": each.is_offered, "reason": each.reason}
                        for level, each in self.standings.items()
                    },
                    "missing": self.missing,
                    "claims": [_claim_as_json(each) for each in self.results],
                }
            ),
            indent=2,
        )


def _claim_as_json(result: Result) -> dict[str, str]:
    claim = result.claim
    return {
        "claim": claim.identifier,
        "keyword": claim.keyword,
        "source": claim.source,
        "sentence": claim.sentence,
        "outcome": result.outcome,
        "reason": result.reason,
    }


def report(
    url: str,
    standings: Mapping[Level, LevelStanding],
    required: Collection[Level],
    results: Iterable[Result],
) -> Report:
    """Put together what was found, in the order of the levels."""
    order = [*Level]
    offered = {each for each, standing in standings.items() if standing.is_offered}
    return Report(
        url=url,
        standings={each: standings[each] for each in order if each in standings},
        missing=tuple(each for each in order if each in required and each not in offered),
        results=tuple(sorted(results, key=lambda each: order.index(each.claim.level))),
    )
