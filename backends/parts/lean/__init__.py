"""Parts of lean scripts: the shortest code that does the same where nothing is wrong.

A part here stands in for one of its name in the packages of whole scripts. The samples of a part
are a pair (x, y), or (inputs, targets) by their names where a model has several.
"""
