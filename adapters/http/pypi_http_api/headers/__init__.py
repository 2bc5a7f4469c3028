"""The grammars of request headers (RFC 9110): what a client accepts, and what it has already."""
