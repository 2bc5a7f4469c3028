"""The rows of an index in an SQL database."""
