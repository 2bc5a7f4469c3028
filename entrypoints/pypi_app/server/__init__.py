"""The server process: uvicorn with a protocol class of our own."""
