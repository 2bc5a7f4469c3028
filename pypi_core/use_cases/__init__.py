"""
What can be done with an index: one verb a file for what changes something, one noun a file for what is read.

A use case that takes an actor raises `Unauthenticated` to an anonymous one where it needs an account, and
`Forbidden` to one who may not do what it does.  Docstrings name these two only where that is not plain.
"""
