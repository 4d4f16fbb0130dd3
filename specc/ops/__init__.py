"""The layers of the language, by family; see `base` for what a layer tells about itself."""
