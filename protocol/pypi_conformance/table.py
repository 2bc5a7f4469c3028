"""A report for a person."""

from __future__ import annotations

from collections.abc import Iterator

from pypi_conformance.outcomes import LevelStanding, Outcome, Report, Result
from pypi_conformance.registry import Level

_MARKS = {Outcome.HOLDS: "✓", Outcome.FAILS: "✗", Outcome.NOT_OFFERED: "-", Outcome.NOT_CHECKED: "?"}


def as_table(report: Report) -> str:
    """Return what the index does, level by level, and the sum of it."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    width = max((len(each.claim.identifier) for each in report.results), default=0)
    for level, standing in report.standings.items():
        results = [each for each in report.results if each.claim.level is level]
        yield f"{level}: {_summary(results) if standing.is_offered else _absent(level, standing, report)}"
        if standing.is_offered:
            for before, each in zip([None, *results], results, strict=False):
                yield _row(each, width)
                if each.reason and not (before and before.reason == each.reason):
                    yield f"      {each.reason}"
        yield ""
    yield _verdict(report)


def _summary(results: list[Result]) -> str:
    counts = {outcome: sum(each.outcome is outcome for each in results) for outcome in Outcome}
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)


def _absent(level: Level, standing: LevelStanding, report: Report) -> str:
    found = f"not checked. {standing.reason}" if standing.reason else "not offered"
    return f"REQUIRED, but {found}" if level in report.missing else found


def _row(result: Result, width: int) -> str:
    claim = result.claim
    return (
        f"  {_MARKS[result.outcome]} {claim.identifier:<{width}}  {claim.keyword:<6}  "
        f"{result.outcome:<11}  {claim.sentence}"
    )


def _verdict(report: Report) -> str:
    unchecked = sum(each.outcome is Outcome.NOT_CHECKED for each in report.results)
    sums = f"{len(report.warnings)} warnings, {unchecked} claims not checked"
    if not report.exit_code:
        return f"{report.url} conforms in what it offers: no claim failed, {sums}."
    missing = f"{len(report.missing)} required levels missing, " if report.missing else ""
    return f"{report.url} does not conform: {len(report.failures)} claims failed, {missing}{sums}."
