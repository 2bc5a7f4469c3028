"""Where settings come from, and what is said of bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from pypi_app.application import build_asgi_application
from pypi_app.builders import build_limits
from pypi_app.container import assemble
from pypi_app.settings import LocalBlobs, Settings, SettingsError, load_settings


def test_the_defaults_need_nothing() -> None:
    assert load_settings(None, {}, {}) == Settings()


def test_later_sources_win(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('host = "file"\nport = 1\ndata = "file"\n[blobs]\nkind = "local"\nfolder = "file"\n')
    environment = {"PYPI_PORT": "2", "PYPI_DATA": "environment", "PYPI_BLOBS__FOLDER": "environment"}

    settings = load_settings(file, {"data": "option", "host": None}, environment)

    assert (settings.host, settings.port, settings.data) == ("file", 2, "option")
    assert settings.blobs == LocalBlobs(folder="environment")


def test_a_list_in_the_environment_has_commas() -> None:
    settings = load_settings(None, {}, {"PYPI_TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8"})

    assert settings.trusted_proxies == ("127.0.0.1", "10.0.0.0/8")


def test_a_limit_is_set_by_its_environment_variable() -> None:
    settings = load_settings(None, {}, {"PYPI_LIMITS__UPLOADS": "5/60", "PYPI_LIMITS__NEW_PROJECTS": "0"})

    assert (settings.limits.uploads, settings.limits.new_projects) == ("5/60", "0")
    limits = build_limits(settings)
    assert limits.uploads is not None
    assert (limits.uploads.quota, limits.uploads.window) == (5, 60)
    assert limits.new_projects is None


def test_every_limit_is_on_by_default_under_a_name_of_its_own() -> None:
    limits = build_limits(Settings())

    every = [getattr(limits, name) for name in limits.__struct_fields__]
    assert len({each.name for each in every}) == len(every) == 5


def test_variables_of_other_programs_are_left_alone() -> None:
    environment = {"PYPI_REPOSITORY": "https://index.example/", "PYPI_PASSWORD": "secret"}

    assert load_settings(None, {}, environment) == Settings()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("port = 'x'", "$.port"),
        ("port = 70000", "port is a number from 0 to 65535"),
        ("unknown = 1", "unknown"),
        ("[blobs]\nkind = 'cloud'", "$.blobs"),
        ("[blobs]\nkind = 'local'\ncolour = 1", "colour"),
        ("tls_key = 'x'", "tls_certificate and tls_key go together"),
        ("read_threads = 0", "read_threads is at least 1"),
        ("[limits]\nuploads = 'many'", "uploads: 'many' is no rate limit"),
        ("[limits]\nuploads = 5", "$.limits"),
        ("[limits]\ndownloads = '5/5'", "downloads"),
        ("audit_days = -1", "audit_days is a number of days"),
        ("not toml at all", "no valid TOML"),
    ],
)
def test_a_bad_setting_is_named(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(content)

    with pytest.raises(SettingsError) as refusal:
        load_settings(file, {}, {})

    assert words in str(refusal.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "nothing.toml", {}, {})


def test_a_bad_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\$\.database"):
        assemble(Settings(data=str(tmp_path), database="nonsense")).database()


def test_a_bad_proxy_is_named(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path), trusted_proxies=("nonsense",))
    container = assemble(settings)

    with pytest.raises(SettingsError, match=r"\$\.trusted_proxies"):
        build_asgi_application(settings, container.site(), container.database())
