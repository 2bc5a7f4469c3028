"""Settings of an object store, as far as no store is asked."""

from __future__ import annotations

import pytest

from pypi_app.settings import S3BlobsFirst, SettingsError
from pypi_app.settings_sources import load_settings
from pypi_blobs.range_reader import open_ranges
from pypi_blobs.s3_bucket import S3Bucket
from pypi_blobs.s3_settings import S3Blobs

IN_ENVIRONMENT = {
    "PYPI_BLOBS__KIND": "s3",
    "PYPI_BLOBS__ENDPOINT": "https://s3.example",
    "PYPI_BLOBS__BUCKET": "index",
}


def test_a_bucket_is_set_by_the_environment() -> None:
    more = {"PYPI_BLOBS__PATH_STYLE": "true", "PYPI_BLOBS__READ_SECONDS": "7.5"}
    settings = load_settings(None, {}, IN_ENVIRONMENT | more)
    assert settings.blobs == S3BlobsFirst(
        endpoint="https://s3.example", bucket="index", path_style=True, read_seconds=7.5
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ENDPOINT", "https://s3.example/bucket", "without a path"),
        ("ENDPOINT", "https://key@s3.example", "without a path"),
        ("BUCKET", "127.0.0.1", "3 to 63"),
        ("BUCKET", "a..b", "3 to 63"),
        ("PREFIX", "a//b", "prefix must be"),
        ("PREFIX", "../b", "prefix must be"),
        ("REGION", "a/b", "region must be"),
        ("DOWNLOADS", "both", "not among the values"),
        ("LINK_SECONDS", "604801", "link_seconds must be from 1 to 604800"),
        ("READ_SECONDS", "0", "read_seconds must be more than 0"),
        ("ACCESS_KEY", "key", "access_key and secret_key go together"),
        ("COLOUR", "red", "there is no such setting"),
    ],
)
def test_a_bad_value_is_told_with_its_setting(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(None, {}, IN_ENVIRONMENT | {f"PYPI_BLOBS__{name}": value})
    assert said in str(refused.value)
    assert f"PYPI_BLOBS__{name}" in str(refused.value)


@pytest.mark.parametrize(
    ("path_style", "link"),
    [(True, "https://s3.example/index/a/x?"), (False, "https://index.s3.example/a/x?")],
)
def test_the_bucket_stands_in_the_path_or_in_the_host_name(path_style: bool, link: str) -> None:
    settings = S3Blobs(
        endpoint="https://s3.example", bucket="index", access_key="key", secret_key="secret",
        region="eu-1", prefix="a", path_style=path_style, downloads="redirect",
    )  # fmt: skip
    bucket = S3Bucket(settings)
    assert bucket.link("x", "sample-1.0.tar.gz", "GET").startswith(link)
    assert bucket.origin == link.partition("/a/")[0].removesuffix("/index")


def test_ranges_are_read_like_a_file() -> None:
    content = bytes(range(256)) * 9000
    asked: list[tuple[int, int]] = []

    def read(start: int, length: int) -> bytes:
        asked.append((start, length))
        return content[start : start + length]

    with open_ranges(read, len(content), content[:1000]) as stream:
        assert stream.read(500) == content[:500]
        assert asked == []
        assert stream.read() == content[500:]
        assert stream.read() == b""
        stream.seek(-5, 2)
        assert stream.read(100) == content[-5:]
        with pytest.raises(ValueError, match="before the beginning"):
            stream.seek(-1)
