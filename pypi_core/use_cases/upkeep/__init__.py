"""What operators and the worker do: indexes, search, pages, sweeping and checking."""
