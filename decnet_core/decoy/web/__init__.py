"""HTTP/1 as servers of several makers speak it."""
