"""What people see when something is wrong, and what is left behind: a sentence, and nothing."""

from __future__ import annotations

import http.client
import socket
from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from pypi_contracts.builders import BuiltDistribution, build_wheel

if TYPE_CHECKING:
    from running_server import RunningServer
    from tool_client import Client

Save = Callable[..., list[Path]]


def post(
    server: RunningServer, wheel: BuiltDistribution, *, token: str | None = None, **changed: str
) -> httpx.Response:
    """Upload by hand; the fields in *changed* replace those of the form."""
    fields = dict(wheel.form_fields()) | changed
    return httpx.post(
        f"{server.url}legacy/",
        data={name: value for name, value in fields.items() if value},
        files={"content": (wheel.filename, wheel.content)},
        headers={"Authorization": f"Bearer {token or server.token}", "Accept": "text/plain"},
        trust_env=False,
    )


def stored_files(server: RunningServer) -> list[Path]:
    """Return every file in the blob folder, staged ones too, that is no lock."""
    return [each for each in (server.data / "blobs").rglob("*") if each.is_file() and "lock" not in each.name]


def last_serial(server: RunningServer) -> int:
    return int(server.get("simple/").headers["X-PyPI-Last-Serial"])


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"name": "-bad-"}, 400, "invalid value for Name"),
        ({"name": "other"}, 400, "the archive 'refused'"),
        ({"version": "2.0"}, 400, "the archive '1.0'"),
        ({"version": "not a version"}, 400, "invalid value for Version"),
        ({"sha256_digest": "0" * 64}, 400, "digest of the file"),
        ({"blake2_256_digest": "0" * 63}, 400, "hexadecimal digits for blake2_256_digest"),
        ({"filetype": "bdist_egg"}, 400, "invalid value for filetype"),
        ({"filetype": "sdist", "pyversion": "source"}, 400, "extension"),
        ({":action": "fly"}, 400, "action"),
        ({"protocol_version": "2"}, 400, "protocol_version"),
        ({"token": "pidx_nonsense"}, 401, "token"),
    ],
)
def test_a_refusal_says_why_in_body_and_reason_phrase_and_leaves_nothing(
    shared_server: RunningServer, changed: dict[str, str], status: int, sentence: str
) -> None:
    response = post(shared_server, build_wheel(name="refused", version="1.0"), **changed)

    assert response.status_code == status
    assert sentence in response.text
    assert response.reason_phrase == " ".join(response.text.splitlines())
    assert "Traceback" not in response.text
    assert stored_files(shared_server) == []
    assert last_serial(shared_server) == 0
    assert "Traceback" not in shared_server.log


def test_a_file_above_the_limit_is_refused_and_leaves_nothing(
    start_server: Callable[..., RunningServer], client: Client
) -> None:
    server = start_server()
    client.run("pypi-server", "index", "configure", "pypi", "--largest-file", 10_000, "--data", server.data)

    response = post(server, build_wheel(name="heavy", version="1.0", padding=200_000))

    assert response.status_code in {400, 413}
    assert "File too large" in response.text
    assert stored_files(server) == []


def test_a_truncated_form_is_refused_and_leaves_nothing(shared_server: RunningServer) -> None:
    wheel = build_wheel(name="truncated", version="1.0", padding=300_000)
    body = httpx.Request(
        "POST",
        shared_server.url,
        data=dict(wheel.form_fields()),
        files={"content": (wheel.filename, wheel.content)},
    )
    content = body.read()[:-150_000]
    connection = http.client.HTTPConnection("127.0.0.1", shared_server.port)
    connection.request(
        "POST",
        "/legacy/",
        body=content,
        headers={
            "Authorization": f"Bearer {shared_server.token}",
            "Content-Type": body.headers["Content-Type"],
            "Content-Length": str(len(content)),
        },
    )
    response = connection.getresponse()

    assert response.status == 400
    assert stored_files(shared_server) == []
    connection.close()


def test_a_client_that_hangs_up_leaves_nothing(server: RunningServer) -> None:
    wheel = build_wheel(name="hangs-up", version="1.0", padding=3_000_000)
    body = httpx.Request(
        "POST", server.url, data=dict(wheel.form_fields()), files={"content": (wheel.filename, wheel.content)}
    )
    content = body.read()
    head = (
        f"POST /legacy/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n"
        f"Content-Type: {body.headers['Content-Type']}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(head.encode() + content[: len(content) // 2])
    server.stop()

    assert stored_files(server) == []


def test_unknown_things_are_not_found_in_a_sentence(shared_server: RunningServer) -> None:
    for path in (
        "simple/unknown/",
        "pypi/unknown/json",
        "i/nowhere/simple/",
        "packages/aa/bb/cc/x.whl",
        "nothing",
    ):
        response = shared_server.get(path)

        assert response.status_code == 404, path
        assert 0 < len(response.text) < 300, path
        assert "Traceback" not in response.text, path


def test_a_head_that_does_not_end_is_refused(shared_server: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", shared_server.port)) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: ")
        try:
            for _ in range(64):
                line.sendall(b"x" * 16_384)
        except OSError:
            pass
        answer = line.recv(1000)

    assert answer.startswith(b"HTTP/1.1 431 ")


def test_a_password_is_not_good_for_publishing(shared_server: RunningServer) -> None:
    wheel = build_wheel(name="by-password", version="1.0")

    response = httpx.post(
        f"{shared_server.url}legacy/",
        data=dict(wheel.form_fields()),
        files={"content": (wheel.filename, wheel.content)},
        headers={"Authorization": "Basic " + b64encode(b"owner:whatever").decode()},
        trust_env=False,
    )

    assert response.status_code == 403
    assert "__token__" in response.text


class TestTwine:
    """Twines of several ages print our sentence and skip what exists."""

    # From before the body of a refusal was looked at: the start of the reason phrase is all that
    # version 2.0 knows.  From 6.1 on twine itself refuses --skip-existing for any index but the public one.
    OLD = ("twine==2.0.0", "urllib3<2", "requests-toolbelt<1", "setuptools<70")
    LAST_TO_SKIP_ANYWHERE = ("twine==6.0.1",)

    @pytest.fixture
    def install(self, client: Client) -> Callable[[Sequence[str]], Client]:
        def install_in_new_environment(requirements: Sequence[str]) -> Client:
            if not requirements:
                return client
            environment = client.new_environment("another-twine")
            client.run("uv", "pip", "install", "--python", environment / "bin" / "python", *requirements)
            return client.using(environment)

        return install_in_new_environment

    @pytest.fixture(params=[(), OLD], ids=["newest", "old"])
    def twine(self, request: pytest.FixtureRequest, install: Callable[[Sequence[str]], Client]) -> Client:
        return install(request.param)

    @pytest.fixture(params=[LAST_TO_SKIP_ANYWHERE, OLD], ids=["6.0", "old"])
    def skipping_twine(
        self, request: pytest.FixtureRequest, install: Callable[[Sequence[str]], Client]
    ) -> Client:
        return install(request.param)

    def upload(
        self, twine: Client, server: RunningServer, files: list[Path], *options: str
    ) -> tuple[int, str]:
        outcome = twine.run(
            "twine", "upload", "--disable-progress-bar", "--repository-url", f"{server.url}legacy/",
            "-u", "__token__", "-p", server.token, *options, *files, check=False,
        )  # fmt: skip
        return outcome.returncode, outcome.stdout + outcome.stderr

    def test_prints_why_a_file_was_refused(self, twine: Client, server: RunningServer, save: Save) -> None:
        self.upload(twine, server, save(build_wheel(name="changing", version="1.0")))

        code, output = self.upload(
            twine, server, save(build_wheel(name="changing", version="1.0", summary="Other"))
        )

        assert code != 0
        assert "File already exists (changing-1.0-py3-none-any.whl)" in output
        assert "use a new version" in " ".join(output.split())

    def test_skips_an_existing_file(self, skipping_twine: Client, server: RunningServer, save: Save) -> None:
        self.upload(skipping_twine, server, save(build_wheel(name="existing", version="1.0")))

        code, output = self.upload(
            skipping_twine,
            server,
            save(build_wheel(name="existing", version="1.0", summary="Other")),
            "--skip-existing",
        )

        assert code == 0, output
        assert "kipping" in output

    def test_succeeds_with_the_same_file_twice(
        self, twine: Client, server: RunningServer, save: Save
    ) -> None:
        files = save(build_wheel(name="twice", version="1.0"))
        self.upload(twine, server, files)
        serial = last_serial(server)

        code, output = self.upload(twine, server, files)

        assert code == 0, output
        assert last_serial(server) == serial
