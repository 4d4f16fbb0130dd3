"""Source text that both backends copy into their scripts."""
