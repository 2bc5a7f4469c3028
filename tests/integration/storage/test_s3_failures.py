"""Whatever is wrong with an object store is told in a sentence that names the setting."""

from __future__ import annotations

import http.server
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from msgspec.structs import replace

from pypi_blobs.s3 import S3BlobStore
from pypi_blobs.s3_bucket import S3Bucket
from pypi_blobs.s3_settings import S3Blobs
from pypi_contracts.builders import build_wheel
from pypi_contracts.suites.blobs import key_of
from pypi_core.errors import Unavailable
from s3_servers import S3Server, running_s3_server, settings_file

if TYPE_CHECKING:
    from certificates import Certificates
    from operator_command import OperatorOn
    from running_server import RunningServer, StartServer

pytestmark = pytest.mark.service

NOWHERE = S3Blobs(
    endpoint="http://127.0.0.1:9", bucket="index", access_key="key", secret_key="secret", connect_seconds=1
)
MIB = 1024 * 1024


@pytest.fixture(scope="module", params=["MinIO", "VersityGW"])
def server(request: pytest.FixtureRequest) -> Iterator[S3Server]:
    with running_s3_server(request.param) as running:
        yield running


@pytest.fixture
def settings(server: S3Server) -> S3Blobs:
    found = server.settings()
    S3Bucket(found).create()
    return found


def refusal(settings: S3Blobs) -> str:
    """Return what is said when a server would start."""
    started = time.monotonic()
    with pytest.raises(Unavailable) as refused:
        S3Bucket(settings).require()
    assert time.monotonic() - started < 10
    assert str(refused.value).endswith(f"The bucket is {settings.bucket} at {settings.endpoint}.")
    return str(refused.value)


def test_a_wrong_secret_is_told(settings: S3Blobs) -> None:
    assert "check blobs.access_key and blobs.secret_key" in refusal(replace(settings, secret_key="another"))


def test_an_unknown_key_is_told(settings: S3Blobs) -> None:
    assert "check blobs.access_key and blobs.secret_key" in refusal(replace(settings, access_key="another"))


def test_a_missing_bucket_is_told(settings: S3Blobs) -> None:
    sentence = refusal(replace(settings, bucket="no-such-bucket"))
    assert "does not exist: correct blobs.bucket, or create it with `pypi-server migrate`" in sentence


def test_a_bucket_that_is_gone_is_told_and_no_file_seems_lost(settings: S3Blobs) -> None:
    blobs = S3BlobStore(S3Bucket(replace(settings, bucket="no-such-bucket")))
    for look in (blobs.find, blobs.open, lambda key: blobs.put(key, b"content")):
        with pytest.raises(Unavailable, match=r"correct blobs\.bucket"):
            look(key_of(b"content"))


def test_a_bucket_is_created_once(server: S3Server) -> None:
    settings = server.settings()
    several = [threading.Thread(target=S3Bucket(settings).create) for _ in range(5)]
    for each in several:
        each.start()
    for each in several:
        each.join()
    S3Bucket(settings).create()
    S3Bucket(settings).require()


def test_a_clock_that_is_wrong_is_told(settings: S3Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minio.time.utcnow", lambda: datetime.now(UTC) - timedelta(hours=1))
    assert "The clocks of this machine and of the store at blobs.endpoint differ" in refusal(settings)


def test_a_host_that_does_not_answer_is_told() -> None:
    assert "cannot be reached: check blobs.endpoint" in refusal(NOWHERE)
    assert "cannot be reached: check blobs.endpoint" in refusal(
        replace(NOWHERE, endpoint="http://no-such-host.invalid")
    )


def test_a_store_that_is_silent_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        sentence = refusal(replace(NOWHERE, endpoint=endpoint, read_seconds=1))
    assert "did not answer in time: try again later, or raise blobs.read_seconds" in sentence


def test_a_server_that_is_no_store_is_told() -> None:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as page:
        threading.Thread(target=page.serve_forever, daemon=True).start()
        try:
            sentence = refusal(replace(NOWHERE, endpoint=f"http://127.0.0.1:{page.server_port}"))
        finally:
            page.shutdown()
    assert "does not speak S3: correct blobs.endpoint" in sentence


def test_missing_credentials_are_told(monkeypatch: pytest.MonkeyPatch, settings: S3Blobs) -> None:
    for name in os.environ:
        if name.startswith(("AWS_", "MINIO_")):
            monkeypatch.delenv(name)
    # What stands in for the service that tells an instance of its role: nothing listens there.
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/role")
    assert "set blobs.access_key and blobs.secret_key" in refusal(
        replace(settings, access_key=None, secret_key=None)
    )


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, settings: S3Blobs) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", settings.access_key or "")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", settings.secret_key or "")
    S3Bucket(replace(settings, access_key=None, secret_key=None)).require()


def test_keys_come_from_files(tmp_path: Path, settings: S3Blobs) -> None:
    (tmp_path / "access").write_text(f"{settings.access_key}\n")
    (tmp_path / "secret").write_text(f"{settings.secret_key}\n")
    S3Bucket(
        replace(
            settings,
            access_key=None,
            access_key_file=str(tmp_path / "access"),
            secret_key=None,
            secret_key_file=str(tmp_path / "secret"),
        )
    ).require()


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_a_certificate_that_is_not_trusted_is_told(certificates: Certificates) -> None:
    with running_s3_server("VersityGW", certificates=certificates) as server:
        settings = server.settings()
        assert "set blobs.ca_bundle" in refusal(settings)
        trusting = replace(settings, ca_bundle=str(certificates.authority))
        bucket = S3Bucket(trusting)
        bucket.create()
        blobs = S3BlobStore(bucket)
        blobs.put(key_of(b"content"), b"content")
        with blobs.open(key_of(b"content")) as stream:
            assert stream.read() == b"content"


@contextmanager
def tolerated(sentence: str) -> Iterator[None]:
    """Go on when a store is unavailable for the reason that *sentence* is part of."""
    try:
        yield
    except Unavailable as error:
        if sentence not in str(error):
            raise


def test_a_full_store_is_told(tmp_path: Path) -> None:
    with running_s3_server("MinIO", small=True) as server:
        settings = server.settings()
        bucket = S3Bucket(settings)
        bucket.create()
        blobs = S3BlobStore(bucket)
        # A busy MinIO says first, now and then, that it is busy.
        with pytest.raises(Unavailable, match=r"blobs\.endpoint has no room left for files"):
            for number in range(100):
                content = bytes([number]) * 4 * MIB
                with tolerated("does not answer just now"):
                    blobs.put(key_of(content), content)
        # What was stored before is there.
        first = bytes(4 * MIB)
        with blobs.open(key_of(first)) as stream:
            assert stream.read() == first


@pytest.mark.parametrize("command", ["serve", "migrate"])
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "check blobs.endpoint"),
        ({"secret_key": None}, "access_key and secret_key go together"),
        ({"endpoint": "127.0.0.1:9"}, "endpoint must be an address without a path"),
        ({"bucket": "No_Bucket"}, "bucket must be 3 to 63"),
        ({"prefix": "/index"}, "prefix must be"),
        ({"secret_key": None, "secret_key_file": "/nowhere/key"}, "blobs.secret_key_file cannot be read"),
        ({"ca_bundle": "/nowhere/ca.pem"}, "blobs.ca_bundle has no certificates"),
        ({"public_endpoint": "https://files.example"}, "region has to be set beside public_endpoint"),
        ({"link_seconds": 0}, "link_seconds must be from 1"),
    ],
)
def test_a_server_with_bad_settings_does_not_start(
    operator_on: OperatorOn, tmp_path: Path, command: str, changed: dict[str, object], said: str
) -> None:
    file = tmp_path / "settings.toml"
    values = {
        "endpoint": NOWHERE.endpoint, "bucket": "index", "access_key": "key", "secret_key": "secret",
        "connect_seconds": 1, **changed,
    }  # fmt: skip
    lines = [f"{name} = {value!r}" for name, value in values.items() if value is not None]
    file.write_text("\n".join(["[blobs]", 'kind = "s3"', *lines]))
    data = tmp_path / "data"

    outcome = operator_on(data, "--settings", file)(command, *(["--port", 0] if command == "serve" else []))

    assert outcome.code != 0
    [line] = outcome.err.splitlines()
    assert said in line
    assert not data.exists()


def test_a_secret_of_the_wrong_type_is_not_shown(operator_on: OperatorOn, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        '[blobs]\nkind = "s3"\nendpoint = "https://s3.example"\nbucket = "index"\nsecret_key = 1234567\n'
    )
    outcome = operator_on(tmp_path / "data", "--settings", file)("migrate")
    assert "blobs.secret_key" in outcome.err
    assert "1234567" not in outcome.err


def test_a_setting_that_is_missing_is_named(operator_on: OperatorOn, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[blobs]\nkind = "s3"\nendpoint = "https://s3.example"\n')
    outcome = operator_on(tmp_path / "data", "--settings", file)("migrate")
    assert "Bad setting blobs.bucket" in outcome.err
    assert "it has to be set" in outcome.err


class TestWhileServing:
    @pytest.fixture
    def on_store(self, settings: S3Blobs, start_server: StartServer, tmp_path: Path) -> RunningServer:
        impatient = replace(settings, read_seconds=2)
        return start_server("--settings", str(settings_file(tmp_path, impatient)))

    def test_a_store_that_is_down_is_told_and_comes_back(
        self, server: S3Server, on_store: RunningServer
    ) -> None:
        assert upload(on_store, "before").status_code == 200
        server.stop()
        try:
            refused = upload(on_store, "during")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert "check blobs.endpoint" in refused.text
            # What needs no stored bytes goes on.
            assert on_store.get("simple/before/").status_code == 200
            assert on_store.get("simple/during/").status_code == 404
            failed = on_store.get(file_of(on_store, "before"))
            assert (failed.status_code, failed.headers["retry-after"]) == (503, "1")
        finally:
            server.start()
        assert upload(on_store, "during").status_code == 200
        assert on_store.get(file_of(on_store, "before")).status_code == 200
        assert "Traceback" not in on_store.log

    def test_a_store_that_is_paused_is_told(self, server: S3Server, on_store: RunningServer) -> None:
        assert upload(on_store, "before").status_code == 200
        with server.paused():
            started = time.monotonic()
            refused = upload(on_store, "paused")
            assert time.monotonic() - started < 15
        assert refused.status_code == 503
        assert "raise blobs.read_seconds" in refused.text
        assert upload(on_store, "paused").status_code == 200
        assert "Traceback" not in on_store.log

    def test_a_download_that_breaks_off_is_told_in_the_log_and_continued(
        self, server: S3Server, on_store: RunningServer
    ) -> None:
        assert upload(on_store, "large", padding=40 * MIB).status_code == 200
        url = on_store.url + file_of(on_store, "large")
        begin = b""
        with (
            pytest.raises(httpx.RemoteProtocolError),
            httpx.stream("GET", url, trust_env=False, timeout=60) as response,
        ):
            whole, etag = int(response.headers["content-length"]), response.headers["etag"]
            for chunk in response.iter_bytes(MIB):
                if not begin:
                    server.stop()
                begin += chunk
        try:
            assert MIB <= len(begin) < whole
            deadline = time.monotonic() + 20
            while f"A download of /{file_of(on_store, 'large')} broke off: " not in on_store.log:
                assert time.monotonic() < deadline, on_store.log
                time.sleep(0.1)
            assert "blobs.endpoint" in on_store.log
            assert "Traceback" not in on_store.log
        finally:
            server.start()
        rest = httpx.get(
            url, headers={"Range": f"bytes={len(begin)}-", "If-Range": etag}, trust_env=False, timeout=60
        )
        assert rest.status_code == 206
        assert len(begin) + len(rest.content) == whole


def upload(server: RunningServer, name: str, padding: int = 200_000) -> httpx.Response:
    wheel = build_wheel(name, "1.0", padding=padding)
    return httpx.post(
        f"{server.url}legacy/",
        auth=("__token__", server.token),
        data={
            ":action": "file_upload", "protocol_version": "1", "metadata_version": "2.1", "name": name,
            "version": "1.0", "filetype": "bdist_wheel", "pyversion": "py3", "sha256_digest": wheel.sha256,
        },
        files={"content": (wheel.filename, wheel.content)},
        trust_env=False,
        timeout=60,
    )  # fmt: skip


def file_of(server: RunningServer, name: str) -> str:
    page = server.get(f"simple/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}).json()
    url = httpx.URL(f"{server.url}simple/{name}/").join(page["files"][0]["url"])
    return str(url).removeprefix(server.url)
