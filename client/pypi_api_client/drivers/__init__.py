"""What carries operations out: a driver that waits for each answer, and one for asyncio."""
