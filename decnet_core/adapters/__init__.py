"""The world: the Docker engine, the LAN, files, and the child process that runs a flow."""
