"""Makes whole scripts: what pieces say, in the order of a template, with the parts it uses."""
