"""
The nouns of a package index and the pure rules that govern them.

``parse_…`` reads what came from outside, ``check_…`` refuses what breaks a rule.  Each raises the
`pypi_core.errors.Invalid` error of its noun, such as `InvalidName`, with every problem found.
"""
