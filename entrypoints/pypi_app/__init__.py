"""The programs: server, worker and command line, put together."""
