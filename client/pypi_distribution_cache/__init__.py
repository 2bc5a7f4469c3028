"""A folder of distributions, laid out as a Simple API tree that installers read without a server."""
