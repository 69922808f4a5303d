"""The stages and the stories on a host in memory: the real code, without an orchestrator."""
