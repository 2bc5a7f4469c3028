"""Object stores of the tests: MinIO and VersityGW, on free loopback ports, ended by their process ids."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import urllib3

from absence import leave_out
from certificates import Certificates
from containers import image_of, podman
from pypi_app.settings import S3BlobsFirst
from pypi_blobs.s3_settings import S3Blobs
from service_programs import free_port, service_program

ACCESS_KEY = "index-key"
SECRET_KEY = "a secret of the tests"
_PATIENCE = 30


class S3Server:
    """A running store, or one that is stopped for a while; each bucket in it is made for one test."""

    def __init__(self, name: str, folder: Path, certificates: Certificates | None = None) -> None:
        self.name = name
        self._certificates = certificates
        self.port = free_port()
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    @property
    def endpoint(self) -> str:
        """The address of the store."""
        return f"http{'s' if self._certificates else ''}://127.0.0.1:{self.port}"

    def settings(self) -> S3BlobsFirst:
        """Return settings for a bucket that does not exist yet."""
        return S3BlobsFirst(
            endpoint=self.endpoint,
            bucket=f"test-{os.getpid()}-{next(self._numbers)}",
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
            prefix="some/index",
            connect_seconds=2,
            read_seconds=5,
        )

    def start(self) -> None:
        """Start the store, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                env={
                    **os.environ,
                    "MINIO_ROOT_USER": ACCESS_KEY, "MINIO_ROOT_PASSWORD": SECRET_KEY,
                    "ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY,
                },
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        wait_for_store(self.endpoint)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End the store."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)
            self._process.wait()
            self._process = None

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Let the store take connections and not answer."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _command(self) -> list[str]:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        address = f"127.0.0.1:{self.port}"
        if self.name == "MinIO":
            console = f"127.0.0.1:{free_port()}"
            return [
                str(service_program("minio")), "server", "--quiet",
                "--address", address, "--console-address", console, str(data),
            ]  # fmt: skip
        # It keeps what it knows of objects in attributes, which a temporary file system may lack.
        attributes = self.folder / "attributes"
        attributes.mkdir(exist_ok=True)
        tls = self._certificates
        return [
            str(service_program("versitygw")), "--port", address,
            *(["--cert", str(tls.chain), "--key", str(tls.key)] if tls else []),
            "posix", "--sidecar", str(attributes), str(data),
        ]  # fmt: skip


@contextlib.contextmanager
def running_s3_server(
    name: str, *, small: bool = False, certificates: Certificates | None = None
) -> Iterator[S3Server]:
    """
    Run a new store; *small* leaves it a disk that is soon full, *certificates* are for https on VersityGW.

    *name* is ``MinIO``, ``VersityGW`` or ``MinIO in a container``.
    """
    if name == "MinIO in a container":
        with _in_container() as in_container:
            yield in_container
        return
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="s3-", ignore_cleanup_errors=True))
        if small:
            stack.enter_context(_small_disk(folder))
        server = S3Server(name, Path(folder), certificates)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def _in_container() -> Iterator[S3Server]:
    with podman():
        # It reads the environment when it is imported.
        from testcontainers.community.minio import MinioContainer

        image = image_of(service_program("minio"))
        with MinioContainer(image, access_key=ACCESS_KEY, secret_key=SECRET_KEY) as container:
            server = S3Server("MinIO", Path())
            server.port = int(container.get_exposed_port(container.port))
            wait_for_store(server.endpoint)
            yield server


@contextlib.contextmanager
def _small_disk(folder: str) -> Iterator[None]:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128m", "tmpfs", folder], capture_output=True
    )
    if mounted.returncode:
        leave_out("Nothing can be mounted here: run as root.")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def wait_for_store(endpoint: str) -> None:
    """Wait until a store answers, whatever it answers."""
    deadline = time.monotonic() + _PATIENCE
    waiting = urllib3.PoolManager(cert_reqs="CERT_NONE", assert_hostname=False)
    while True:
        try:
            response = waiting.request("GET", endpoint, timeout=2, retries=False)
            if response.status < 500:
                return
        except urllib3.exceptions.HTTPError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"The store at {endpoint} does not answer.")
        time.sleep(0.05)


def settings_file(folder: Path, settings: S3Blobs, **others: object) -> Path:
    """Write a settings file with *settings* as ``[blobs]``, and *others* before it."""
    lines = [*(f"{name} = {json.dumps(value)}" for name, value in others.items()), *table(settings)]
    file = folder / "settings.toml"
    file.write_text("\n".join(lines) + "\n")
    return file


def table(settings: S3Blobs) -> list[str]:
    """Return the lines of ``[blobs]``."""
    blobs = {each: value for each, value in msgspec.to_builtins(settings).items() if value is not None}
    return ["[blobs]", *(f"{name} = {json.dumps(value)}" for name, value in blobs.items())]
