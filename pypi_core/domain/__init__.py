"""The nouns of a package index and the pure rules that govern them."""
