"""The pages of the Simple API as pure functions: what is on them, and as HTML and as JSON."""
