"""The client that lets others work while it waits, on asyncio."""
