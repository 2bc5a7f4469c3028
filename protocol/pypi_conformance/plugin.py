"""Claims as pytest tests: what runs them and collects what came of each."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

import pytest

from pypi_conformance.catalogue import modules_of
from pypi_conformance.outcomes import LevelStanding, Report, Result, judge, report
from pypi_conformance.registry import Claims, Level, NotChecked, NotOffered
from pypi_conformance.subject import Subject


class _LevelModule(Protocol):
    claim: Claims

    @staticmethod
    def is_offered(index: Subject) -> bool: ...


class Examination:
    """
    The plugin: hands the index to the checks and keeps their results.

    A level that the index does not offer is found out once, and none of its checks runs.
    """

    def __init__(self, index: Subject) -> None:
        self._index = index
        self.standings: dict[Level, LevelStanding] = {}
        self.results: list[Result] = []

    @pytest.fixture
    def index(self) -> Subject:
        """Return the index that is examined."""
        return self._index

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Pass over what is not offered."""
        module = _module(item)
        level = module.claim.level
        standing = self.standings.get(level) or self._look(module)
        self.standings[level] = standing
        if standing.reason:
            raise NotChecked(standing.reason)
        if not standing.is_offered:
            raise NotOffered(f"The index does not offer {level}.")

    def _look(self, module: _LevelModule) -> LevelStanding:
        try:
            return LevelStanding(module.is_offered(self._index))
        except NotChecked as error:
            return LevelStanding(is_offered=False, reason=str(error))
        except AssertionError:
            # Something is there that does not work: each check says for itself what.
            return LevelStanding(is_offered=True)

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Keep what came of a check."""
        if call.when == "call" or (call.when == "setup" and call.excinfo is not None):
            claim = _module(item).claim.of(item.name)
            self.results.append(judge(claim, call.excinfo.value if call.excinfo else None))


def run(index: Subject) -> Report:
    """
    Examine an index in the levels chosen.

    pytest runs without the configuration, the plugins and the output of wherever this is started.
    """
    examination = Examination(index)
    modules = modules_of(index.options.levels)
    added = os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        code = pytest.main(
            [
                "-c", os.devnull, f"--rootdir={Path(__file__).parent}", "--import-mode=importlib",
                "--disable-plugin-autoload", "--noconftest", "--capture=no",
                "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:warnings", "-p", "no:logging",
                *(str(each.__file__) for each in modules),
            ],
            plugins=[examination],
        )  # fmt: skip
    finally:
        if added is not None:
            os.environ["PYTEST_ADDOPTS"] = added
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        raise RuntimeError(f"pytest ended with {code!r} before all claims were checked.")
    return report(index.root, examination.standings, index.options.required, examination.results)


def _module(item: pytest.Item) -> _LevelModule:
    return cast("_LevelModule", cast("ModuleType", item.getparent(pytest.Module).obj))  # type: ignore[union-attr]
