"""Whether what tests publish is as real as it claims to be."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pypi_contracts.builders import (
    BuiltDistribution,
    build_sdist,
    build_wheel,
    truncate,
    with_member,
    without_member,
)
from pypi_core.domain.metadata import parse_metadata
from pypi_core.domain.metadata.form import FormFields
from pypi_core.domain.rules import PUBLIC
from pypi_core.domain.uploads import parse_upload

Build = Callable[..., BuiltDistribution]


def members(wheel: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def form(distribution: BuiltDistribution) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in distribution.form_fields():
        fields.setdefault(name, []).append(value)
    return fields


def test_pip_installs_the_wheel_and_builds_the_sdist_without_network(tmp_path: Path) -> None:
    for distribution in (
        build_wheel("Built.Wheel", "1.0.0-RC1", scripts={"built": "built_wheel:main"}),
        build_sdist("built-source", "2.0", modules={"built/__init__.py": "answer = 42\n"}),
    ):
        (tmp_path / distribution.filename).write_bytes(distribution.content)
    target = tmp_path / "site"

    pip = [sys.executable, "-m", "pip", "--isolated", "install", "--no-index", "--no-deps", "--no-cache-dir"]
    done = subprocess.run(
        [*pip, "--quiet", "--target", str(target), *map(str, tmp_path.glob("built_*"))],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stderr
    assert (target / "bin" / "built").is_file()
    assert (target / "built_wheel-1.0.0rc1.dist-info" / "METADATA").is_file()
    assert (target / "built" / "__init__.py").read_text() == "answer = 42\n"
    assert (target / "built_source-2.0.dist-info" / "RECORD").is_file()


class TestWheel:
    def test_record_lists_every_member_with_its_hash_and_size(self) -> None:
        content = members(build_wheel(scripts={"a": "sample:b"}, padding=100).content)

        rows = list(csv.reader(content["sample-1.0.dist-info/RECORD"].decode().splitlines()))

        assert rows[-1] == ["sample-1.0.dist-info/RECORD", "", ""]
        assert {row[0] for row in rows} == content.keys()
        for name, digest, size in rows[:-1]:
            algorithm, _equals, encoded = digest.partition("=")
            assert algorithm == "sha256"
            assert base64.urlsafe_b64decode(encoded + "=") == hashlib.sha256(content[name]).digest()
            assert int(size) == len(content[name])

    def test_the_archive_reads_the_same_from_either_end(self) -> None:
        wheel = build_wheel(padding=100).content

        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            entries = archive.infolist()

        assert wheel.startswith(b"PK\x03\x04")
        assert wheel[-22:-18] == b"PK\x05\x06"  # the end record, without a comment
        assert {(entry.flag_bits, entry.extra, entry.comment) for entry in entries} == {(0, b"", b"")}
        assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}

    def test_its_file_name_is_normalized(self) -> None:
        wheel = build_wheel("Foo.-_Bar", "01.0-rev1", tag="7-py2.py3-none-any")

        assert wheel.filename == "foo_bar-1.0.post1-7-py2.py3-none-any.whl"
        assert wheel.pyversion == "py2.py3"
        assert members(wheel.content)["foo_bar-1.0.post1.dist-info/WHEEL"].decode().splitlines()[2:] == [
            "Root-Is-Purelib: true",
            "Build: 7",
            "Tag: py2-none-any",
            "Tag: py3-none-any",
        ]

    def test_its_metadata_is_what_the_core_reads(self) -> None:
        wheel = build_wheel(
            "Sample",
            summary="Zählt",
            requires_python=">=3.9",
            requires_dist=["click>=8", "rich"],
            extra_metadata=[("Author", "Åsa")],
            description="Größer.\n",
            description_content_type="text/plain",
        )

        parsed = parse_metadata(wheel.metadata, PUBLIC)

        assert members(wheel.content)["sample-1.0.dist-info/METADATA"] == wheel.metadata
        assert (parsed.name, str(parsed.version)) == ("Sample", "1.0")
        assert parsed.core.summary == "Zählt"
        assert parsed.core.requires_python == ">=3.9"
        assert list(parsed.core.requires_dist) == ["click>=8", "rich"]

    def test_its_dist_info_can_contradict_its_name(self) -> None:
        wheel = build_wheel(dist_info_name="other-1.0")

        assert wheel.filename == "sample-1.0-py3-none-any.whl"
        assert "other-1.0.dist-info/METADATA" in members(wheel.content)

    @pytest.mark.parametrize("padding", [1, 3_000_001])
    def test_padding_makes_it_as_large_as_asked(self, padding: int) -> None:
        assert len(build_wheel(padding=padding).content) > padding
        assert len(members(build_wheel(padding=padding).content)["sample_padding.bin"]) == padding


class TestSdist:
    def test_it_extracts_under_the_strictest_filter(self, tmp_path: Path) -> None:
        sdist = build_sdist("Foo.Bar", "1.0", padding=100)

        with tarfile.open(fileobj=io.BytesIO(sdist.content), mode="r:gz") as archive:
            archive.extractall(tmp_path, filter="data")

        top = tmp_path / "foo_bar-1.0"
        assert sdist.filename == "foo_bar-1.0.tar.gz"
        assert list(tmp_path.iterdir()) == [top]
        assert (top / "PKG-INFO").read_bytes() == sdist.metadata
        assert sdist.metadata.startswith(b"Metadata-Version: 2.2\nName: Foo.Bar\n")
        assert (top / "pyproject.toml").is_file()


@pytest.mark.parametrize("build", [build_wheel, build_sdist])
class TestBoth:
    def test_the_same_call_gives_the_same_bytes(self, build: Build) -> None:
        assert build().content == build().content
        assert build(version="1.0").content != build(version="1.1").content

    def test_the_form_is_one_that_the_core_takes(self, build: Build) -> None:
        distribution = build(name="Foo.Bar", requires_python=">=3.9", requires_dist=["click>=8", "rich"])
        fields: FormFields = form(distribution)

        upload = parse_upload(fields, distribution.filename, "application/octet-stream", PUBLIC)

        upload.check_agreement(parse_metadata(distribution.metadata, PUBLIC))
        assert (upload.name, upload.filetype) == ("Foo.Bar", distribution.filetype)
        assert upload.requires_dist == ("click>=8", "rich")
        assert upload.digests.sha256 == hashlib.sha256(distribution.content).hexdigest()
        assert upload.digests.md5 == distribution.md5
        assert upload.digests.blake2_256 == distribution.blake2_256


def test_form_fields_repeat_and_are_named_as_forms_name_them() -> None:
    wheel = build_wheel(
        metadata_version="2.4",
        extra_metadata=[
            ("Classifier", "Programming Language :: Python"),
            ("Classifier", "Topic :: Utilities"),
            ("Keywords", "sheep,night"),
            ("Project-URL", "Source, https://example.com/a"),
            ("Project-URL", "Docs, https://example.com/b"),
            ("License-File", "LICENSE"),
            ("Platform", "any"),
        ],
    )

    fields = form(wheel)

    assert fields[":action"] == ["file_upload"]
    assert fields["protocol_version"] == ["1"]
    assert fields["metadata_version"] == ["2.4"]
    assert fields["classifiers"] == ["Programming Language :: Python", "Topic :: Utilities"]
    assert fields["keywords"] == ["sheep,night"]
    assert fields["project_urls"] == ["Source, https://example.com/a", "Docs, https://example.com/b"]
    assert fields["license_file"] == ["LICENSE"]
    assert fields["platform"] == ["any"]


class TestDamage:
    WHEEL = build_wheel().content

    def test_truncated(self) -> None:
        assert truncate(self.WHEEL, 100) == self.WHEEL[:100]

    def test_without_a_member_that_record_still_lists(self) -> None:
        damaged = members(without_member(self.WHEEL, "sample.py"))

        assert "sample.py" not in damaged
        assert b"sample.py," in damaged["sample-1.0.dist-info/RECORD"]

    def test_without_a_member_that_was_never_there(self) -> None:
        with pytest.raises(KeyError):
            without_member(self.WHEEL, "ghost.py")

    def test_with_a_member_missing_from_record(self) -> None:
        damaged = members(with_member(self.WHEEL, "ghost.py", b"boo"))

        assert damaged["ghost.py"] == b"boo"
        assert b"ghost.py" not in damaged["sample-1.0.dist-info/RECORD"]

    def test_with_another_content_of_a_member(self) -> None:
        damaged = with_member(self.WHEEL, "sample.py", b"changed")

        assert members(damaged)["sample.py"] == b"changed"
        assert members(damaged).keys() == members(self.WHEEL).keys()
