"""What an OpenSSH server shows of itself: its algorithms, its keys, its words to those who speak something else."""
