"""FTP as servers of several makers speak it."""
