"""Bytes on their way from a connection into the staging area: files of forms, and of upload sessions."""
