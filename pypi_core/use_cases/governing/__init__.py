"""Projects, releases, files and roles: what their owners change."""
