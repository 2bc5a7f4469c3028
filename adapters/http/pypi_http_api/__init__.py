"""The HTTP side of an index: the Simple API, uploads, files and everything mounted beside them."""
