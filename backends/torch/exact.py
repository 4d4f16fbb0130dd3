"""PyTorch as exact as its numbers are: it takes constants through float32 by the way.

The counterpart of Keras's `exact`, which says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import torch.nn.functional as F
from torch import Tensor


def _hard_sigmoid(x: Tensor, inplace: bool = False) -> Tensor:
    """PyTorch's own is differentiated with a sixth of 32 bits."""
    return F.relu6(x + 3) / 6


def _celu(x: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """PyTorch's own is differentiated with an alpha of 32 bits."""
    return alpha * F.elu(x / alpha)


@contextmanager
def exact() -> Iterator[None]:
    with patch.object(F, "hardsigmoid", _hard_sigmoid), patch.object(F, "celu", _celu):
        yield
