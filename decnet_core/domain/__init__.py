"""The nouns of a fleet: frozen values, the error tree, operations. Imports nothing of ours."""
