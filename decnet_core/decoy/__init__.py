"""What runs inside a decky: one asyncio process that plays all its services. Imports nothing else of ours."""
