"""Facts as data: archetypes, services, distros, OS families, vendors of network cards."""
