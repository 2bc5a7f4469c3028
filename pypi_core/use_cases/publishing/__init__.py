"""Uploads: files one by one and in sessions, releases that become visible at once."""
