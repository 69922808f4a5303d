"""One effect each, with its retry policy. The stories they make are in ``flows``."""
