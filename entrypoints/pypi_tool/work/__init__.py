"""What commands do: checking, choosing, building and sending distributions."""
