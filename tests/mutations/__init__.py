"""Bugs that are put into generated scripts: the protocol of parity must catch each."""
