"""What the pages of a project show, worked out from what the core tells."""
