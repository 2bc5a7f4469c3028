"""How many connections there may be with so many open files."""

from __future__ import annotations

import resource

import pytest

from pypi_app.server.file_limit import fit_file_limit, fitting_connections
from pypi_app.settings import ConnectionLimits


@pytest.mark.parametrize(
    ("wanted", "files", "connections"),
    [(1000, 1512, 1000), (1000, 1511, 999), (1000, 1024, 512), (1000, 100, 50), (10, 2000, 10), (1000, 1, 1)],
)
def test_connections_leave_files_for_everything_else(wanted: int, files: int, connections: int) -> None:
    assert fitting_connections(wanted, files) == connections


def test_the_soft_limit_is_raised_to_what_connections_need() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    try:
        fitted = fit_file_limit(ConnectionLimits(total=1000))

        assert fitted.total == 1000
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (1512, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_low_hard_limit_means_fewer_connections_and_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    changed: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (256, 800))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, limits: changed.append(limits))

    fitted = fit_file_limit(ConnectionLimits(total=1000))

    assert fitted.total == 400
    assert changed == [(800, 800)]
    assert "the hard limit on open files is 800" in caplog.text
