"""``pypi-cli cache``: a folder of distributions that installers read without an index."""
