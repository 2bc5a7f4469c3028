"""
What goes over the wire, without a wire.

Each operation is a generator: it yields a `Request`, is sent the `Response`, and returns a
value or raises an error of the client.  Whoever runs it does the input and output.
"""
