"""The rules of the house, and that each of them bites."""
