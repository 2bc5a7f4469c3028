"""Pages of people who log in: what is theirs, and what they manage."""
