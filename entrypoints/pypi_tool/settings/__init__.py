"""Which index is meant and who is asking: configuration, environment, credentials and kept tokens."""
