"""Which index ``pypi-cli`` means and with which credentials, and the file that says so."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import httpx
import keyring
import keyring.backend
import keyring.credentials
import keyring.errors
import pytest

from pypi_terminal.exit_codes import ExitCode
from pypi_tool.running import run
from pypi_tool.settings.index_choice import choose_index
from pypi_tool.settings.kept_tokens import forget_token, keep_token, read_tokens
from pypi_tool.transport import carrier

ROOT = "https://index.example/"
_VARIABLES = (
    "NETRC",
    "PIP_INDEX_URL",
    *(f"PYPI_{each}" for each in ("CA_BUNDLE", "PASSWORD", "REPOSITORY", "TOKEN", "USERNAME")),
    *(f"TWINE_{each}" for each in ("CERT", "PASSWORD", "REPOSITORY", "REPOSITORY_URL", "USERNAME")),
)


class Recorder(httpx.BaseTransport):
    """
    Knows one project without files, and remembers who asked for it where.

    What is private is told only to somebody who logs in.
    """

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.is_private = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.is_private and "authorization" not in request.headers and "/simple/" in request.url.path:
            return httpx.Response(401)
        if request.url.path.endswith("/simple/foo/"):
            page = {"meta": {"api-version": "1.0"}, "name": "foo", "files": []}
            return httpx.Response(
                200, json=page, headers={"content-type": "application/vnd.pypi.simple.v1+json"}
            )
        return httpx.Response(404)

    @property
    def host(self) -> str:
        return self.requests[-1].url.host

    @property
    def credentials(self) -> str | None:
        header = self.requests[-1].headers.get("authorization")
        return base64.b64decode(header.removeprefix("Basic ")).decode() if header else None


class Keys(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def get_credential(self, service: str, username: str | None) -> keyring.credentials.Credential | None:
        for (known, user), secret in self.secrets.items():
            if known == service and username in {None, user}:
                return keyring.credentials.SimpleCredential(user, secret)
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.secrets.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError


class KeysByName(Keys):
    """A keyring that has to be told whose secret is wanted, as that of macOS."""

    def get_credential(self, service: str, username: str | None) -> keyring.credentials.Credential | None:
        return super().get_credential(service, username) if username else None


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYPI_CLI_CONFIG", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture(autouse=True)
def keys() -> Iterator[Keys]:
    before, backend = keyring.get_keyring(), Keys()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    reset = carrier.set(recorder)
    yield recorder
    carrier.reset(reset)


@pytest.fixture
def configured(home: Path) -> Callable[[str], None]:
    def write(text: str) -> None:
        (home / "config").mkdir(exist_ok=True)
        (home / "config/config.toml").write_text(text)

    return write


class TestIndex:
    def test_each_place_goes_before_the_next(
        self,
        recorder: Recorder,
        configured: Callable[[str], None],
        home: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def asked(*options: str) -> str:
            assert run(["files", "foo", *options]) == 0
            return recorder.host

        assert asked() == "127.0.0.1"
        monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example/simple/")
        assert asked() == "pip.example"
        (home / ".pypirc").write_text("[distutils]\n[old]\nrepository = https://old.example/legacy/\n")
        monkeypatch.setenv("TWINE_REPOSITORY", "old")
        assert asked() == "old.example"
        monkeypatch.setenv("TWINE_REPOSITORY_URL", "https://twine.example/legacy/")
        assert asked() == "twine.example"
        configured('index = "work"\n[indexes.work]\nurl = "https://work.example/"\n')
        assert asked() == "work.example"
        monkeypatch.setenv("PYPI_REPOSITORY", "https://environment.example/")
        assert asked() == "environment.example"
        assert asked("--index", "work") == "work.example"
        assert asked("--index", "https://option.example/simple") == "option.example"

    def test_an_unknown_name_is_wrong_usage_with_a_suggestion(
        self, configured: Callable[[str], None], capsys: pytest.CaptureFixture[str]
    ) -> None:
        configured('[indexes.work]\nurl = "https://work.example/"\n')

        assert run(["files", "foo", "--index", "wrok"]) == ExitCode.USAGE
        assert "no index 'wrok' (from --index). Did you mean 'work'?" in capsys.readouterr().err

    def test_certificates_are_found_in_the_same_order(
        self, configured: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def trusted(option: Path | None = None) -> Path | None:
            return choose_index(ROOT).ca_bundle(option)

        assert trusted() is None
        monkeypatch.setenv("TWINE_CERT", "/twine.pem")
        assert trusted() == Path("/twine.pem")
        configured(f'[indexes.work]\nurl = "{ROOT}"\nca_bundle = "~/work.pem"\n')
        assert trusted() == Path("~/work.pem").expanduser()
        monkeypatch.setenv("PYPI_CA_BUNDLE", "/environment.pem")
        assert trusted() == Path("/environment.pem")
        assert trusted(Path("/option.pem")) == Path("/option.pem")

    def test_named_ones_are_listed(
        self, configured: Callable[[str], None], home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        configured('index = "work"\n[indexes.work]\nurl = "https://work.example/simple/"\n')
        (home / ".pypirc").write_text("[old]\nrepository = https://old.example/legacy/\n")

        assert run(["index", "list", "--json"]) == 0

        listed = json.loads(capsys.readouterr().out)["result"]["indexes"]
        assert [(each["name"], each["url"], each["chosen"]) for each in listed] == [
            ("old", "https://old.example/", False),
            ("work", "https://work.example/", True),
        ]


class Place(NamedTuple):
    """A place for credentials, and how they are written down there; braces are the home folder."""

    sent: str
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}
    files: Mapping[str, str] = {}
    kept: tuple[str, str] | None = None


# The first that has any is used.
PLACES = (
    Place(
        "zoe:from-option",
        options=("--token-file", "{}/given", "--username", "zoe"),
        files={"given": "from-option\n"},
    ),
    Place("__token__:from-option", options=("--token-file", "{}/given"), files={"given": "from-option"}),
    Place("u:from-url", options=("--index", "https://u:from-url@index.example/")),
    Place("__token__:from-environment", environment={"PYPI_TOKEN": "from-environment"}),
    Place("ada:a-password", environment={"PYPI_PASSWORD": "a-password", "PYPI_USERNAME": "ada"}),
    Place(
        "bob:from-configuration",
        files={
            "config/config.toml": (
                f'[indexes.work]\nurl = "{ROOT}"\nusername = "bob"\ntoken_file = "{{}}/token"\n'
            ),
            "token": "from-configuration",
        },
    ),
    Place("__token__:from-login", files={"config/tokens.json": json.dumps({ROOT: {"token": "from-login"}})}),
    Place("eve:from-twine", environment={"TWINE_PASSWORD": "from-twine", "TWINE_USERNAME": "eve"}),
    Place(
        "cyd:50%off",
        files={".pypirc": f"[old]\nrepository = {ROOT}legacy/\nusername = cyd\npassword = 50%off\n"},
    ),
    Place("dan:from-keyring", kept=("dan", "from-keyring")),
    Place("fay:from-netrc", files={".netrc": "machine index.example login fay password from-netrc\n"}),
)


class TestCredentials:
    @pytest.fixture(autouse=True)
    def _private(self, recorder: Recorder) -> None:
        recorder.is_private = True

    @pytest.mark.parametrize("first", range(len(PLACES)), ids=[each.sent for each in PLACES])
    def test_each_place_goes_before_all_that_follow(
        self, first: int, recorder: Recorder, home: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PYPI_REPOSITORY", ROOT)
        (home / "config").mkdir()
        # What comes first is written last: two places may be the same option.
        for each in reversed(PLACES[first:]):
            for name, value in each.environment.items():
                monkeypatch.setenv(name, value)
            for name, text in each.files.items():
                (home / name).write_text(text.replace("{}", str(home)))
                (home / name).chmod(0o600)
            if each.kept:
                keys.set_password(ROOT, *each.kept)

        assert run(["files", "foo", *(word.format(home) for word in PLACES[first].options)]) == 0

        assert recorder.credentials == PLACES[first].sent

    @pytest.mark.parametrize(
        ("environment", "sent"),
        [
            ({"PYPI_PASSWORD": "secret"}, "__token__:secret"),
            ({"PYPI_USERNAME": "ada", "PYPI_PASSWORD": " secret\n"}, "ada:secret"),
            ({"PYPI_USERNAME": "ada"}, None),
            ({"TWINE_PASSWORD": "secret"}, "__token__:secret"),
            ({"PYPI_USERNAME": "ada", "TWINE_PASSWORD": "secret", "TWINE_USERNAME": "eve"}, "eve:secret"),
            ({"PYPI_PASSWORD": " ", "TWINE_PASSWORD": "secret"}, "__token__:secret"),
        ],
    )
    def test_a_password_goes_with_the_user_name_beside_it(
        self,
        recorder: Recorder,
        monkeypatch: pytest.MonkeyPatch,
        environment: dict[str, str],
        sent: str | None,
    ) -> None:
        for name, value in {**environment, "PYPI_REPOSITORY": ROOT}.items():
            monkeypatch.setenv(name, value)

        assert run(["files", "foo"]) == (0 if sent else ExitCode.REFUSED)

        assert recorder.credentials == sent

    def test_an_upload_password_is_not_sent_to_the_read_host(
        self, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TWINE_PASSWORD", "secret")
        monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example/simple/")

        assert run(["files", "foo"]) == ExitCode.REFUSED
        assert (recorder.host, recorder.credentials) == ("pip.example", None)

        monkeypatch.setenv("PIP_INDEX_URL", "https://u:mine@pip.example/simple/")
        assert run(["files", "foo"]) == 0
        assert recorder.credentials == "u:mine"

    def test_credentials_for_one_index_are_not_sent_to_another(
        self, recorder: Recorder, home: Path, keys: Keys
    ) -> None:
        (home / "config").mkdir()
        for each in PLACES:
            for name, text in each.files.items():
                (home / name).write_text(text.replace("{}", str(home)))
                (home / name).chmod(0o600)
        keys.set_password(ROOT, "dan", "from-keyring")

        assert run(["files", "foo", "--index", "https://other.example/"]) == ExitCode.REFUSED

        assert recorder.host == "other.example"
        assert not any("authorization" in each.headers for each in recorder.requests)

    def test_a_public_index_gets_no_credentials_for_reading(
        self, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        recorder.is_private = False
        monkeypatch.setenv("PYPI_REPOSITORY", ROOT)
        monkeypatch.setenv("PYPI_TOKEN", "secret")

        assert run(["files", "foo"]) == 0

        assert not any("authorization" in each.headers for each in recorder.requests)

    @pytest.mark.parametrize("variable", ["PYPI_USERNAME", "TWINE_USERNAME"])
    def test_the_keyring_is_asked_for_the_password_of_a_user(
        self, recorder: Recorder, keys: Keys, variable: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keys.set_password(ROOT, "ada", "of-ada")
        keys.set_password(ROOT, "bob", "of-bob")

        monkeypatch.setenv(variable, "bob")
        assert run(["files", "foo", "--index", ROOT]) == 0
        assert recorder.credentials == "bob:of-bob"

        assert run(["files", "foo", "--index", ROOT, "--username", "ada"]) == 0
        assert recorder.credentials == "ada:of-ada"

    @pytest.mark.parametrize("username", ["", "ada"])
    def test_a_kept_token_is_found_in_a_keyring_that_needs_a_user_name(
        self, recorder: Recorder, username: str
    ) -> None:
        keyring.set_keyring(KeysByName())
        assert keep_token(ROOT, "secret") == "the keyring"

        assert run(["files", "foo", "--index", ROOT, "--username", username]) == 0

        assert recorder.credentials == "__token__:secret"

    @pytest.mark.parametrize(
        ("name", "text"),
        [(".netrc", "mashine index.example\n"), (".pypirc", "no section\n")],
    )
    def test_a_damaged_token_file_is_reported(
        self,
        recorder: Recorder,
        home: Path,
        name: str,
        text: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (home / name).write_text(text)

        assert run(["files", "foo", "--index", ROOT]) == ExitCode.USAGE
        assert f"{home / name} cannot be read" in capsys.readouterr().err
        assert recorder.requests == []

    @pytest.mark.parametrize(
        "place", [each for each in PLACES if each.files], ids=[each.sent for each in PLACES if each.files]
    )
    def test_a_byte_order_mark_in_front_of_a_file_is_skipped(
        self, place: Place, recorder: Recorder, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PYPI_REPOSITORY", ROOT)
        (home / "config").mkdir()
        for name, text in place.files.items():
            (home / name).write_text("\ufeff" + text.replace("{}", str(home)), encoding="utf-8")
            (home / name).chmod(0o600)

        assert run(["files", "foo", *(word.format(home) for word in place.options)]) == 0

        assert recorder.credentials == place.sent

    def test_no_secret_is_printed(
        self, recorder: Recorder, keys: Keys, capsys: pytest.CaptureFixture[str]
    ) -> None:
        keys.set_password(ROOT, "ada", "hunter2")

        assert run(["files", "foo", "--verbose", "--index", ROOT]) == 0

        out, err = capsys.readouterr()
        assert "the keyring" in err
        assert "hunter2" not in out + err


class TestKeptTokens:
    @pytest.fixture(autouse=True)
    def _private(self, recorder: Recorder) -> None:
        recorder.is_private = True

    def test_an_available_keyring_is_used(self, keys: Keys) -> None:
        assert keep_token(ROOT, "secret") == "the keyring"
        assert keys.secrets == {(ROOT, "__token__"): "secret"}
        assert forget_token(ROOT)
        assert not forget_token(ROOT)

    def test_else_a_file_that_others_cannot_read(self, home: Path, recorder: Recorder) -> None:
        from keyring.backends.fail import Keyring

        keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]

        assert "which only you can read" in keep_token(ROOT, "secret")

        file = home / "config/tokens.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert run(["files", "foo", "--index", ROOT]) == 0
        assert recorder.credentials == "__token__:secret"
        assert forget_token(ROOT)
        assert read_tokens() == {}

    def test_a_keyring_that_is_switched_off_keeps_nothing(
        self, home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from keyring.backends.null import Keyring

        keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]

        assert "which only you can read" in keep_token(ROOT, "secret")
        assert forget_token(ROOT)
        assert run(["logout", "--index", ROOT]) == ExitCode.NOTHING_MATCHED
        assert "There was no token" in capsys.readouterr().err

    def test_a_file_that_others_can_read_is_not_used(
        self, home: Path, recorder: Recorder, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = home / "config/tokens.json"
        file.parent.mkdir()
        file.write_text('{"https://index.example/": {"token": "secret"}}')
        file.chmod(0o644)

        assert run(["files", "foo", "--index", ROOT]) == ExitCode.USAGE
        assert "Other users can read the tokens" in capsys.readouterr().err


class TestConfig:
    def test_setting_a_value_keeps_the_comments(
        self, configured: Callable[[str], None], home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        configured("# mine\ncolor = 'never'\n")

        assert run(["config", "set", "indexes.work.v2.url", ROOT]) == 0
        assert run(["config", "set", "index", "work.v2"]) == 0
        assert run(["config", "list"]) == 0

        assert capsys.readouterr().out.splitlines() == [
            "index = work.v2",
            "color = never",
            f"indexes.work.v2.url = {ROOT}",
        ]
        assert (home / "config/config.toml").read_text().startswith("# mine\n")
        assert run(["config", "unset", "indexes.work.v2.url"]) == ExitCode.USAGE
        assert run(["config", "unset", "color"]) == 0
        assert run(["config", "get", "color"]) == ExitCode.NOT_FOUND

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("color", "blue"),
            ("nonsense", "1"),
            ("indexes.work.url", "http://index.example/"),
            ("indexes.work", "x"),
        ],
    )
    def test_a_setting_that_would_break_the_file_is_refused(
        self, home: Path, key: str, value: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["config", "set", key, value]) == ExitCode.USAGE
        assert "would make the configuration wrong" in capsys.readouterr().err
        assert not (home / "config/config.toml").exists()

    @pytest.mark.parametrize("text", ["no toml", "nonsense = 1\n", "index = 1\n"])
    def test_an_invalid_configuration_is_reported(
        self, configured: Callable[[str], None], text: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        configured(text)

        assert run(["config", "list"]) == ExitCode.USAGE
        assert "config.toml is wrong" in capsys.readouterr().err
