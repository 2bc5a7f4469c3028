"""Where bytes are kept: stores of objects and the staging of uploads."""
