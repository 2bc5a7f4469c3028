"""
Where requirements are written down, one module for each place.

Each raises `BadRequirements` for what cannot be read, is not valid or is unavailable, naming every
problem of a file.
"""
