"""What the program that installs the locks hands on from pip's configuration to uv."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from install_locked import PROJECT, pins, pip_configuration, uv_options, uv_settings


@pytest.fixture
def configure_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only configuration file that pip reads."""
    for name in [each for each in os.environ if each.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    file = tmp_path / "pip.conf"
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path))
    return file


def test_the_environment_wins_over_the_command_and_the_command_over_the_rest(
    configure_pip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_pip.write_text(
        "[global]\nindex-url = https://one.example/simple/\ncert = /one.pem\nproxy = http://one.example\n"
        "[install]\nindex-url = https://two.example/simple/\ncert = /two.pem\n"
    )
    monkeypatch.setenv("PIP_INDEX_URL", "https://three.example/simple/")

    configured = pip_configuration()

    assert configured["index-url"] == "https://three.example/simple/"
    assert configured["cert"] == "/two.pem"
    assert configured["proxy"] == "http://one.example"


def test_a_machine_behind_a_mirror_installs_from_the_mirror(configure_pip: Path) -> None:
    configure_pip.write_text(
        "[global]\nindex-url = https://user:secret@mirror.example/simple/\n"
        "extra-index-url =\n    https://one.example/simple/\n    https://two.example/simple/\n"
        "trusted-host = mirror.example\n    one.example\nfind-links = /wheels https://two.example/files\n"
        "cert = /authority.pem\nclient-cert = /client.pem\ntimeout = 90\nproxy = http://proxy.example:3128\n"
    )

    settings = uv_settings(pip_configuration(), {})

    expected = {
        "UV_DEFAULT_INDEX": "https://user:secret@mirror.example/simple/",
        "UV_INDEX": "https://one.example/simple/ https://two.example/simple/",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_INSECURE_HOST": "mirror.example one.example",
        "UV_FIND_LINKS": "/wheels,https://two.example/files",
        "SSL_CERT_FILE": "/authority.pem",
        "SSL_CLIENT_CERT": "/client.pem",
        "UV_HTTP_TIMEOUT": "90",
        "ALL_PROXY": "http://proxy.example:3128",
    }
    assert expected.items() <= settings.items()


def test_uv_keeps_the_settings_that_it_has_under_their_new_or_old_names() -> None:
    pip = {"index-url": "https://pip.example/simple/", "find-links": "/pip"}

    settings = uv_settings(pip, {"UV_INDEX_URL": "https://uv.example/simple/", "UV_FIND_LINKS": "/uv"})

    assert "UV_DEFAULT_INDEX" not in settings
    assert "UV_FIND_LINKS" not in settings


def test_uv_uses_no_index_where_pip_uses_none() -> None:
    assert uv_options({"no-index": "true"}) == ["--no-index"]
    assert uv_options({"no-index": "false"}) == []


def test_the_installer_lock_pins_pip_and_uv_with_hashes_and_without_extras() -> None:
    pinned = pins((PROJECT / "requirements" / "installer.txt").read_text())

    assert pinned.keys() == {"pip", "uv"}
    assert all("--hash=sha256:" in entry and "[" not in entry.splitlines()[0] for entry in pinned.values())


@pytest.mark.parametrize("name", ["pip", "uv"])
def test_the_installer_has_the_versions_of_the_development_lock(name: str) -> None:
    locks = [pins((PROJECT / "requirements" / f"{each}.txt").read_text()) for each in ("installer", "dev")]

    first_lines = {each[name].splitlines()[0] for each in locks}

    assert len(first_lines) == 1
