"""The promise, proved on a real engine and a real LAN: nobody who was not named is touched."""
