"""The JSON-RPC 2.0 protocol of an index, from bytes and an actor to bytes."""
