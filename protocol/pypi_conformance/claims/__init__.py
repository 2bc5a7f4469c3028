"""The claims, one module for each level; each function checks one."""
