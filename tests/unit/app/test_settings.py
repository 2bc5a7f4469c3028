"""Where settings come from, and what is said of bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from pypi_app.application import build_asgi_application
from pypi_app.builders import build_limits
from pypi_app.container import assemble
from pypi_app.settings import LocalBlobs, LocalBlobsFirst, Settings, SettingsError
from pypi_app.settings_sources import SettingsSources, load_settings


def test_the_defaults_need_nothing() -> None:
    assert load_settings(None, {}, {}) == Settings()


def test_later_sources_win(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('host = "file"\nport = 1\ndata = "file"\n[blobs]\nkind = "local"\nfolder = "file"\n')
    environment = {"PYPI_PORT": "2", "PYPI_DATA": "environment", "PYPI_BLOBS__FOLDER": "environment"}

    settings = load_settings(file, {"data": "option", "host": None}, environment)

    assert (settings.host, settings.port, settings.data) == ("file", 2, "option")
    assert settings.blobs == LocalBlobsFirst(folder="environment")


def test_a_second_store_is_set_in_a_table_of_its_own() -> None:
    environment = {
        "PYPI_BLOBS__KIND": "s3",
        "PYPI_BLOBS__ENDPOINT": "https://s3.example",
        "PYPI_BLOBS__BUCKET": "index",
        "PYPI_BLOBS__FALLBACK__KIND": "local",
        "PYPI_BLOBS__FALLBACK__FOLDER": "before",
    }

    settings = load_settings(None, {}, environment)

    assert list(settings.stores) == ["blobs", "blobs.fallback"]
    assert settings.stores["blobs.fallback"] == LocalBlobs(folder="before")


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
    assert len({each.name for each in every}) == len(every) == 6


def test_variables_of_other_programs_are_left_alone() -> None:
    environment = {"PYPI_REPOSITORY": "https://index.example/", "PYPI_PASSWORD": "secret"}

    assert load_settings(None, {}, environment) == Settings()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("port = 'x'", "port (FILE, line 1): a whole number is expected, not 'x'."),
        ("# mine\n\nhost = 'x'\nport = 70000", "port (FILE, line 4): port is a number from 0 to 65535."),
        ("unknown = 1", "unknown (FILE, line 1): there is no such setting."),
        ("port = 1\n[blobs]\nkind = 'cloud'", "blobs.kind (FILE, line 3): 'cloud' is not among the values"),
        (
            "[blobs]\nkind = 'local'\ncolour = [\n1,\n]",
            "blobs.colour (FILE, line 3): there is no such setting.",
        ),
        (
            "host = 'x'\ntls_key = 'x'",
            "tls_key (FILE, line 2): tls_certificate and tls_key go together: set both or none.",
        ),
        (
            "blobs = { kind = 'local', fallback = { kind = 'local', folder = 'data/blobs' } }",
            "blobs (FILE, line 1): blobs.fallback must be another store than blobs.",
        ),
        (
            "[blobs]\nkind = 'local'\n[blobs.fallback]\nkind = 's3'\nendpoint = 'http://s3'\nbucket = 'x'",
            "blobs.fallback.bucket (FILE, line 6): bucket must be 3 to 63 lower-case letters",
        ),
        (
            "[blobs]\nkind = 'local'\n[blobs.fallback]\nkind = 'local'\nfallback = {}",
            "blobs.fallback.fallback (FILE, line 5): there is no such setting.",
        ),
        (
            "[blobs]\nkind = 'local'\n[blobs.fallback]\nkind = 's3'\nsecret_key = 7",
            "blobs.fallback.secret_key (FILE, line 5): a text is expected.",
        ),
        ("read_threads = 0", "read_threads (FILE, line 1): read_threads is at least 1."),
        ("ready_memory = -1", "ready_memory (FILE, line 1): ready_memory is a number of bytes, or 0 to keep"),
        ("reply_memory = -1", "reply_memory (FILE, line 1): reply_memory is a number of bytes, or 0 to keep"),
        (
            "limits = { downloads = '5/5' }",
            "limits.downloads (FILE, line 1): there is no such setting.",
        ),
        ("port = 1\nlimits.uploads = 5", "limits.uploads (FILE, line 2): a text is expected, not '5'."),
        ("audit_days = -1", "audit_days (FILE, line 1): audit_days is a number of days, or 0 to keep"),
        ("database = 5", "database (FILE, line 1): a text is expected."),
        ("trusted_proxies = ['a', 5]", "trusted_proxies (FILE, line 1): a text is expected"),
        ("limits = 5", "limits (FILE, line 1): a table is expected, not '5'."),
        ("data = ' '", "data (FILE, line 1): data is empty."),
        ('data = "a\\u0000"', "data (FILE, line 1): data is not a path: "),
        ("data = '~nobody-of-this-name/x'", "data (FILE, line 1): data is not a path: "),
        (
            "port = 1\n[search]\nfile = '~nobody-of-this-name'",
            "search.file (FILE, line 3): file is not a path",
        ),
    ],
)
def test_a_bad_setting_in_a_file_is_named_with_its_line(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(content)

    with pytest.raises(SettingsError) as refusal:
        load_settings(file, {}, {})

    assert str(refusal.value).startswith("Bad setting " + message.replace("FILE", str(file)))


def test_the_rate_limit_in_a_file_that_makes_no_sense_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[limits]\nnew_projects = '5/5'\nuploads = 'many'\n")

    with pytest.raises(SettingsError, match=rf"Bad setting limits.uploads \({file}, line 3\): .*'many'"):
        load_settings(file, {}, {})


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("PYPI_PORT", "x", "port (PYPI_PORT): a whole number is expected, not 'x'."),
        ("PYPI_PORT", "", "port (PYPI_PORT): a whole number is expected, not ''."),
        ("PYPI_PORT", "70000", "port (PYPI_PORT): port is a number from 0 to 65535."),
        ("PYPI_WORKER", "perhaps", "worker (PYPI_WORKER): true or false is expected, not 'perhaps'."),
        ("PYPI_LIMITS__UPLOADS", "many", "limits.uploads (PYPI_LIMITS__UPLOADS): "),
        ("PYPI_LIMITS__COLOUR", "5/5", "limits.colour (PYPI_LIMITS__COLOUR): there is no such setting."),
        ("PYPI_BLOBS__KIND", "cloud", "blobs.kind (PYPI_BLOBS__KIND): "),
        ("PYPI_TLS_KEY", "x", "tls_key (PYPI_TLS_KEY): tls_certificate and tls_key go together"),
    ],
)
def test_a_bad_setting_in_the_environment_is_named_with_its_variable(
    tmp_path: Path, variable: str, value: str, message: str
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("port = 80\nworker = true\n[limits]\nuploads = '5/5'\n")

    with pytest.raises(SettingsError) as refusal:
        load_settings(file, {}, {variable: value})

    assert str(refusal.value).startswith("Bad setting " + message)


def test_a_bad_option_is_named() -> None:
    with pytest.raises(SettingsError, match=r"Bad setting port \(--port\): port is a number"):
        load_settings(None, {"port": -1}, {"PYPI_PORT": "80"})


@pytest.mark.parametrize("scheme", ["tcp", "udp", "sctp"])
def test_the_address_of_a_service_named_like_us_is_ignored_with_a_warning(scheme: str) -> None:
    sources = SettingsSources(
        None,
        {},
        {
            "PYPI_PORT": f"{scheme}://10.0.0.1:8080",
            "PYPI_PORT_8080_TCP": "tcp://10.0.0.1:8080",
            "PYPI_SERVICE_PORT": "8080",
            "PYPI_HOST": "192.0.2.1",
        },
    )

    assert sources.load() == Settings(host="192.0.2.1")
    assert sources.foreign_warning is not None
    assert sources.foreign_warning.startswith("PYPI_PORT holds the address of a service")


def test_a_port_set_for_us_causes_no_warning() -> None:
    sources = SettingsSources(None, {}, {"PYPI_PORT": "81", "OTHER_PORT": "tcp://10.0.0.1:80"})

    assert sources.load().port == 81
    assert sources.foreign_warning is None


def test_a_byte_order_mark_in_front_of_the_file_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(b"\xef\xbb\xbfport = 81\r\nhost = 'x'\r\n")

    settings = load_settings(file, {}, {})

    assert (settings.port, settings.host) == (81, "x")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"port = 1\nnot toml at all", "is not valid TOML: .*line 2"),
        (b"host = '\xff'", "is not UTF-8: save it as UTF-8"),
        (b"\xff\xfeh\x00o\x00", "is not UTF-8: save it as UTF-8"),
    ],
)
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(content)

    with pytest.raises(SettingsError, match=f"The settings file {file} {words}"):
        load_settings(file, {}, {})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for file in (tmp_path / "nothing.toml", tmp_path):
        with pytest.raises(SettingsError, match=f"The settings file {file} cannot be read"):
            load_settings(file, {}, {})


def test_a_bad_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        assemble(Settings(data=str(tmp_path), database="nonsense")).database()

    sources = SettingsSources(None, {}, {"PYPI_DATABASE": "nonsense"})
    assert sources.message_of(refusal.value).startswith("Bad setting database (PYPI_DATABASE): ")


def test_a_bad_proxy_is_named(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path), trusted_proxies=("nonsense",))
    container = assemble(settings)

    with pytest.raises(SettingsError, match="nonsense") as refusal:
        build_asgi_application(settings, container.site(), container.database())

    assert refusal.value.setting == "trusted_proxies"


@pytest.mark.parametrize("root_path", ["pypi", "//host", "/a/../b", "/a b", "/" + "a" * 256])
def test_a_root_path_that_is_not_a_path_is_refused_by_name(tmp_path: Path, root_path: str) -> None:
    settings = Settings(data=str(tmp_path), root_path=root_path)
    container = assemble(settings)

    with pytest.raises(SettingsError, match="is not a path prefix: use a path such as /pypi") as caught:
        build_asgi_application(settings, container.site(), container.database())

    assert caught.value.setting == "root_path"
