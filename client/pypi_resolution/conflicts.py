"""Why no set of versions fits together, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name

from pypi_resolution.errors import Contradiction, NothingFits, ResolutionError
from pypi_resolution.needs import AnyNeed, Candidate, ExactNeed, ImpossibleNeed, Need
from pypi_resolution.offers import Listing, Offers
from pypi_resolution.wanted import WantedRequirement

_MOST_NAMED = 10


def explain(
    causes: Iterable[Any], offers: Offers, constraints: Iterable[WantedRequirement]
) -> ResolutionError:
    """Return the error for the needs in which the resolver's search ended, each with who has it."""
    pairs: list[tuple[AnyNeed, Candidate | None]] = [(each.requirement, each.parent) for each in causes]
    impossible = [need for need, _parent in pairs if isinstance(need, ImpossibleNeed)]
    if impossible:
        reasons = "; ".join(dict.fromkeys(each.reason for each in impossible))
        return NothingFits(f"Nothing fits together: {reasons}.")
    wants = [_in_words(need, parent) for need, parent in pairs]
    projects = sorted({_project(need) for need, _parent in pairs})
    wants += [
        f"{each.source} permits only {each.requirement}"
        for each in constraints
        if each.name in projects and each.requirement.specifier
    ]
    wants = list(dict.fromkeys(wants))
    alone = [each for each in projects if not offers.of(each).offers]
    if alone or len(wants) == 1:
        project = (alone or projects)[0]
        return NothingFits(_nothing(project, wants, offers.of(project)))
    return Contradiction(
        f"No version of {' and '.join(projects)} satisfies all: {'; '.join(wants)}. "
        f"{' '.join(_offered(each, offers.of(each)) for each in projects)}"
    )


def _project(need: AnyNeed) -> NormalizedName:
    match need:
        case Need():
            return need.project
        case ExactNeed():
            return need.candidate.offer.project
        case ImpossibleNeed():
            return canonicalize_name(need.name)


def _in_words(need: AnyNeed, parent: Candidate | None) -> str:
    if parent is not None:
        return f"{parent} wants {need}"
    source = need.source if isinstance(need, Need) else ""
    hashes = " with one of the hashes given" if isinstance(need, Need) and need.hashes else ""
    return f"{source or 'you'} {'wants' if source else 'want'} {need}{hashes}"


def _nothing(project: NormalizedName, wants: list[str], listing: Listing) -> str:
    if not listing.is_known:
        # That you want what you named need not be said.
        who = "; ".join(each for each in wants if each != f"you want {project}")
        return f"There is no project {project!r} on this index{who and f' ({who})'}."
    if listing.quarantine and not listing.offers:
        return listing.quarantine
    return f"No version of {project} fits: {'; '.join(wants)}. {_offered(project, listing)}"


def _offered(project: NormalizedName, listing: Listing) -> str:
    offered = sorted({each.version for each in listing.offers if not each.file.yanked}, reverse=True)
    yanked = sorted(
        {each.version for each in listing.offers if each.file.yanked} - set(offered), reverse=True
    )
    excluded = sorted(listing.excluded.items(), reverse=True)
    parts = [f"Offered of {project}: {_some(map(str, offered)) or 'none'}"]
    if yanked:
        parts.append(f"yanked: {_some(map(str, yanked))}")
    if excluded:
        parts.append(_some(f"{version} {reason}" for version, reason in excluded))
    return "; ".join(parts) + "."


def _some(texts: Iterable[str]) -> str:
    every = list(texts)
    more = f" and {len(every) - _MOST_NAMED} more" if len(every) > _MOST_NAMED else ""
    return ", ".join(every[:_MOST_NAMED]) + more
