"""Accounts, tokens, and who is asking."""
