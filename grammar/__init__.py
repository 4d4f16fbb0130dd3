"""The grammar of the .cnn language: cnn.lark and the stand-alone parser made from it."""
