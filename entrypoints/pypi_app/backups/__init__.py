"""Backups: a folder with rows, bytes and a manifest, and how it is written and read."""
