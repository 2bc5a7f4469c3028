"""Where requirements are written down, one module for each place."""
