"""What can be done with an index: one verb a file, each read from top to bottom."""
