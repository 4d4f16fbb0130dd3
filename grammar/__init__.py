"""The grammar of the .cnn language: cnn.lark, and tables.py made from it by build.py.

After a change of cnn.lark run `python grammar/build.py`.
"""
