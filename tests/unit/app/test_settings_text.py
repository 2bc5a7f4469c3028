"""The settings that a backup shows are all of them, and no secret."""

from __future__ import annotations

import tomllib

import msgspec

from pypi_app.backups.settings_text import settings_text
from pypi_app.settings import S3BlobsFirst, Settings


def test_all_settings_are_shown_as_toml() -> None:
    settings = Settings(data='C:\\"Daten" čau \U0001f600', trusted_proxies=("10.0.0.1", "::1"))
    shown = tomllib.loads(settings_text(settings))
    assert msgspec.convert(shown, Settings) == settings


def test_no_secret_is_shown() -> None:
    blobs = S3BlobsFirst(
        endpoint="https://files.example", bucket="index", access_key="hidden-1", secret_key="hidden-2"
    )
    text = settings_text(
        Settings(
            database="postgresql://index:hidden-3@db.example/index?password=hidden-4&sslmode=require",
            database_replica="postgresql://index:hidden-5@replica.example/index",
            blobs=blobs,
        )
    )
    assert "hidden" not in text
    assert "postgresql://db.example/index?&sslmode=require" in text
    assert 'bucket = "index"' in text
