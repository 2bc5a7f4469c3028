"""Whether a keyring is asked at all."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pypi_tool.settings.keyrings import may_have_keyring

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system has a keyring")


@pytest.fixture(autouse=True)
def bare_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("PYTHON_KEYRING_BACKEND", "DBUS_SESSION_BUS_ADDRESS", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delitem(sys.modules, "keyring", raising=False)
    return tmp_path


def test_a_system_without_session_bus_has_no_keyring() -> None:
    assert not may_have_keyring()


def test_a_session_bus_may_lead_to_a_keyring(bare_system: Path) -> None:
    (bare_system / "bus").touch()
    assert may_have_keyring()


def test_a_backend_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.chainer.ChainerBackend")
    assert may_have_keyring()


def test_a_backend_that_keeps_nothing_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, bare_system: Path
) -> None:
    (bare_system / "bus").touch()
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    assert not may_have_keyring()


def test_a_configured_backend_is_asked(bare_system: Path) -> None:
    folder = bare_system / ".config" / "python_keyring"
    folder.mkdir(parents=True)
    (folder / "keyringrc.cfg").write_text("[backend]\n")
    assert may_have_keyring()


def test_an_installed_backend_is_asked(monkeypatch: pytest.MonkeyPatch, bare_system: Path) -> None:
    folder = bare_system / "keyrings.other-1.0.dist-info"
    folder.mkdir()
    (folder / "entry_points.txt").write_text("[keyring.backends]\nother = keyrings.other\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(bare_system)])
    assert may_have_keyring()
