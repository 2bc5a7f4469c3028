"""The programs of ``docs/reference/python-client.md``, run as they stand there, over https."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from pypi_api_client import Client as ApiClient
from pypi_api_client import PackageIndex
from pypi_api_client.errors import UntrustedCertificate
from pypi_contracts.builders import build_sdist, build_wheel

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer

GUIDE = Path(__file__).parents[3] / "docs" / "reference" / "python-client.md"
Save = Callable[..., list[Path]]


def programs() -> dict[str, str]:
    blocks = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return dict(blocks)


def run(folder: Path, name: str, *arguments: object) -> list[str]:
    (folder / name).write_text(programs()[name], encoding="utf-8")
    command = [sys.executable, name, *map(str, arguments)]
    outcome = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout.splitlines()


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """Return the certificate of an authority that signed `certificate.pem` beside it."""
    signer = trustme.CA()
    signed = signer.issue_cert("127.0.0.1")
    signed.private_key_pem.write_to_path(tmp_path / "key.pem")
    for each in signed.cert_chain_pems:
        each.write_to_path(tmp_path / "certificate.pem", append=True)
    signer.cert_pem.write_to_path(tmp_path / "authority.pem")
    return tmp_path / "authority.pem"


@pytest.fixture
def secure(start_server: StartServer, authority: Path) -> RunningServer:
    folder = authority.parent
    options = ("--tls-certificate", str(folder / "certificate.pem"), "--tls-key", str(folder / "key.pem"))
    server = start_server(*options, authority=authority)
    assert server.url.startswith("https://")
    return server


@pytest.fixture
def files(save: Save) -> list[Path]:
    return save(
        build_wheel(name="Hello.Index", version="1.0", summary="Says hello"),
        build_sdist(name="Hello.Index", version="1.0", summary="Says hello"),
    )


def test_programs_publish_yank_and_read(
    secure: RunningServer, authority: Path, files: list[Path], tmp_path: Path
) -> None:
    published = run(tmp_path, "publish.py", secure.url, authority, secure.token, *files)
    read = run(tmp_path, "read.py", secure.url, authority)

    assert published[0] in {"at once", "file by file"}
    assert published[1] == "greets nobody"
    assert read[0] == "Hello.Index 1.0"
    assert sorted(read[1:]) == sorted(f"downloads/{each.name}" for each in files)
    for each in files:
        assert (tmp_path / "downloads" / each.name).read_bytes() == each.read_bytes()


def test_a_program_uploads_and_downloads_several_files_at_a_time(
    secure: RunningServer, authority: Path, files: list[Path], tmp_path: Path
) -> None:
    told = run(tmp_path, "upload_and_download.py", secure.url, authority, secure.token, *files)

    assert told[:2] == [f"{each.name} published" for each in files]
    assert sorted(told[2:]) == sorted(f"{each.name} is here" for each in files)
    for each in files:
        assert (tmp_path / "mirror" / each.name).read_bytes() == each.read_bytes()


def test_a_program_knows_indexes_by_name(tmp_path: Path) -> None:
    root = "https://index.example/"

    assert run(tmp_path, "name.py") == [f"{root} {root}simple/ {root}legacy/ {root}rpc", "testpypi"]


def test_an_untrusted_certificate_is_refused(secure: RunningServer) -> None:
    with ApiClient(PackageIndex(secure.url)) as index, pytest.raises(UntrustedCertificate, match="CA bundle"):
        index.project_page("hello-index")


def test_metadata_is_read_and_compared_with_the_wheel(
    secure: RunningServer, authority: Path, files: list[Path], tmp_path: Path
) -> None:
    with ApiClient(secure.url, token=secure.token, ca_bundle=authority) as index:
        index.upload(files[0])
        wheel = index.project_page("hello-index").files[0]

        metadata = index.metadata(wheel)

        assert b"Summary: Says hello" in metadata
        assert index.download(wheel, tmp_path / "out", metadata=metadata).path.is_file()


def test_every_method_is_described() -> None:
    from pypi_api_client import AsyncClient

    text = GUIDE.read_text(encoding="utf-8")

    for kind in (AsyncClient, ApiClient):
        for name in dir(kind):
            assert (
                name.startswith("_")
                or name in {"close", "url", "simple_url"}
                or re.search(rf"`{name}[(`]", text)
            ), name
