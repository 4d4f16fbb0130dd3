"""Layers that PyTorch has with another meaning; scripts that need one get it as it is here."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class BatchNorm2d(nn.BatchNorm2d):
    """nn.BatchNorm2d that tracks the biased variance of the batch, as Keras does.

    It also takes a batch of one value.
    """

    momentum: float
    running_mean: Tensor
    running_var: Tensor
    batch_mean: Tensor
    batch_var: Tensor

    def __init__(self, channels: int, *, eps: float, momentum: float, affine: bool = True) -> None:
        super().__init__(channels, eps=eps, momentum=momentum, affine=affine)
        self.register_buffer("batch_mean", torch.zeros(channels), persistent=False)
        self.register_buffer("batch_var", torch.zeros(channels), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        weight, bias, cudnn = self.weight, self.bias, torch.backends.cudnn.enabled
        if not self.training:
            mean, var = self.running_mean, self.running_var
            return torch.batch_norm(x, weight, bias, mean, var, False, 0.0, self.eps, cudnn)
        # Momentum 1 leaves the figures of the batch itself in `mean` and `var`.
        mean, var, values = self.batch_mean, self.batch_var, x.numel() // x.shape[1]
        y = torch.batch_norm(x, weight, bias, mean, var, True, 1.0, self.eps, cudnn)
        if values == 1:  # torch divides by values - 1: what is not a number must not stay
            self.batch_var = var = torch.zeros_like(var)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(var * ((values - 1) / values), self.momentum)
        return y


class BatchNorm1d(BatchNorm2d):
    """The same for vectors (N, C) and for sequences (N, C, L)."""


class BatchNorm3d(BatchNorm2d):
    """The same for volumes (N, C, D, H, W)."""


def only_scale(norm: BatchNorm2d) -> BatchNorm2d:
    """Leave out the offset."""
    norm.register_parameter("bias", None)
    return norm


def only_offset(norm: BatchNorm2d) -> BatchNorm2d:
    """Leave out the scale."""
    norm.register_parameter("weight", None)
    return norm


class LayerScale(nn.Module):
    """Multiplies each channel by a learned number. places: the axes behind that of the channels."""

    def __init__(self, channels: int, *, places: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.shape = (channels, *(1,) * places)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight.view(self.shape)


class DynamicTanh(nn.Module):
    """The tanh of a learned multiple, scaled and shifted for each channel.

    places: the axes behind that of the channels.
    """

    def __init__(self, channels: int, *, places: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1))
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.shape = (channels, *(1,) * places)

    def forward(self, x: Tensor) -> Tensor:
        scale, offset = self.weight.view(self.shape), self.bias.view(self.shape)
        return scale * torch.tanh(self.alpha * x) + offset


class Normalization(nn.Module):
    """Takes the mean of each channel off and divides by the root of its variance."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: list[float], variance: list[float], *, places: int) -> None:
        super().__init__()
        shape = (-1, *(1,) * places)
        self.register_buffer("mean", torch.tensor(mean).view(shape), persistent=False)
        self.register_buffer(
            "deviation", torch.tensor(variance).sqrt().view(shape), persistent=False
        )

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.deviation


class DropPath(nn.Dropout):
    """Sets whole samples to zero while training and scales the rest: stochastic depth."""

    def forward(self, x: Tensor) -> Tensor:
        return x * super().forward(x.new_ones(len(x), *(1,) * (x.ndim - 1)))


class GaussianNoise(nn.Module):
    """Adds normal numbers while training."""

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std

    def noise(self, x: Tensor) -> Tensor:
        return torch.randn_like(x)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.std * self.noise(x) if self.training and self.std else x


class GaussianDropout(GaussianNoise):
    """Multiplies by normal numbers around 1 while training, of the deviation that dropout has."""

    def __init__(self, rate: float) -> None:
        super().__init__(math.sqrt(rate / (1 - rate)))

    def forward(self, x: Tensor) -> Tensor:
        return x * (1 + self.std * self.noise(x)) if self.training and self.std else x


class SeparableConv(nn.Module):
    """A convolution of each channel alone, and one of window 1 that mixes the channels."""

    def __init__(self, depthwise: nn.Module, pointwise: nn.Module) -> None:
        super().__init__()
        self.depthwise = depthwise
        self.pointwise = pointwise

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.pointwise(self.depthwise(x))
        return y


class MultiHeadAttention(nn.Module):
    """Attention whose heads have any size, over a memory: another sequence, or the same."""

    def __init__(
        self,
        channels: int,
        memory: int,
        heads: int,
        *,
        key_dim: int,
        causal: bool = False,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        inner = heads * key_dim
        self.query = nn.Linear(channels, inner, bias=bias)
        self.key = nn.Linear(memory, inner, bias=bias)
        self.value = nn.Linear(memory, inner, bias=bias)
        self.output = nn.Linear(inner, channels, bias=bias)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        projected = self.query(x), self.key(memory), self.value(memory)
        q, k, v = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in projected)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        joined: Tensor = self.output(y.transpose(1, 2).flatten(2))
        return joined


class PositionEmbedding(nn.Module):
    """Adds a learned vector to each place of a sequence."""

    def __init__(self, length: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(length, channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.weight


class ClassToken(nn.Module):
    """Puts a learned place before a sequence."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((self.weight.expand(len(x), 1, -1), x), dim=1)


def one_bias(rnn: nn.RNNBase) -> None:
    """Hold the second bias of each direction at zero: beside the first it means nothing, and
    trained with it it would double its steps. It is neither a parameter nor stored.
    """
    second = [name for name, _ in rnn.named_parameters() if name.startswith("bias_hh")]
    for name in second:
        zeros = torch.zeros_like(getattr(rnn, name)).detach()
        delattr(rnn, name)
        rnn.register_buffer(name, zeros, persistent=False)
        setattr(rnn, name, zeros)  # the module keeps a list of its weights


class LSTM(nn.LSTM):
    """nn.LSTM with one bias, as Keras has it, the batch first."""

    def __init__(self, inputs: int, units: int, *, bidirectional: bool = False) -> None:
        super().__init__(inputs, units, batch_first=True, bidirectional=bidirectional)
        one_bias(self)


class SimpleRNN(nn.RNN):
    """nn.RNN with one bias, as Keras has it, the batch first."""

    def __init__(self, inputs: int, units: int, *, bidirectional: bool = False) -> None:
        super().__init__(inputs, units, batch_first=True, bidirectional=bidirectional)
        one_bias(self)
