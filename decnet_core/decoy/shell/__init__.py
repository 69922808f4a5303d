"""The small fake shell behind ssh and telnet. No input or output here: a line goes in, a reply comes out."""
