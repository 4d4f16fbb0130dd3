"""specc: a compiler from neural-network specifications to Keras and PyTorch training scripts."""

__version__ = "0.1.0"
