"""TensorFlow's stateless random numbers (Philox4x32-10): Keras's dropout and noise use them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_WORD = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ROUND = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_BUMP = (0x9E3779B9, 0xBB67AE85)
_SCRAMBLE = 0x02461E293EC8F720
_BLOCK = 16_384
_SEEDS = 2**31 - 2
"""Keras takes seeds and numbers of calls modulo this."""
_LEAST = 1e-7
"""What TensorFlow's Box-Muller puts in the place of a smaller number."""


def _philox(key: int, counters: list[NDArray[np.uint64]]) -> list[NDArray[np.uint64]]:
    a, b, c, d = counters
    low, high = key & 0xFFFFFFFF, key >> 32
    for _ in range(10):
        first, second = a * _ROUND[0], c * _ROUND[1]
        a, b = (second >> _HALF) ^ b ^ np.uint64(low), second & _WORD
        c, d = (first >> _HALF) ^ d ^ np.uint64(high), first & _WORD
        low, high = (low + _BUMP[0]) & 0xFFFFFFFF, (high + _BUMP[1]) & 0xFFFFFFFF
    return [a, b, c, d]


def _words(count: int, seed: int, call: int) -> NDArray[np.uint64]:
    """32-bit numbers for a seed and the number of a call."""
    seed, call = seed % _SEEDS, call % _SEEDS
    given = [seed & 0xFFFFFFFF, seed >> 32, call & 0xFFFFFFFF, call >> 32]
    scrambled = _philox(_SCRAMBLE, [np.array([word], np.uint64) for word in given])
    k0, k1, c2, c3 = (int(word[0]) for word in scrambled)
    blocks = []
    for start in range(0, -(-count // 4), _BLOCK):  # small enough for the processor's cache
        index = np.arange(start, min(start + _BLOCK, -(-count // 4)), dtype=np.uint64)
        nothing = np.zeros_like(index)
        counters = [index, nothing, nothing + np.uint64(c2), nothing + np.uint64(c3)]
        blocks.append(np.stack(_philox(k0 | k1 << 32, counters), axis=1).ravel())
    return np.concatenate(blocks)[:count] if blocks else np.zeros(0, np.uint64)


def _single(words: NDArray[np.uint64]) -> NDArray[np.float32]:
    """23 bits as the mantissa of a number in [1, 2), minus 1."""
    bits = (words & np.uint64(0x7FFFFF)) | np.uint64(0x3F800000)
    return bits.astype(np.uint32).view(np.float32) - np.float32(1)


def _double(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    """The same of pairs: 20 bits of one word and 32 of the next."""
    pairs = words.reshape(-1, 2)
    mantissa = ((pairs[:, 0] & np.uint64(0xFFFFF)) << _HALF) | pairs[:, 1]
    return (mantissa | np.uint64(0x3FF0000000000000)).view(np.float64) - 1.0


def uniform(shape: tuple[int, ...], seed: int, call: int, dtype: str) -> NDArray[np.floating]:
    """What `tf.random.stateless_uniform(shape, [seed, call], dtype)` returns, bit for bit."""
    count = math.prod(shape)
    if dtype == "float32":
        return _single(_words(count, seed, call)).reshape(shape)
    return _double(_words(2 * count, seed, call)).reshape(shape)


def normal(shape: tuple[int, ...], seed: int, call: int, dtype: str) -> NDArray[np.floating]:
    """What `tf.random.stateless_normal` returns, but for the rounding of log, sin and cos."""
    count = math.prod(shape) + math.prod(shape) % 2  # they come in twos
    flat: NDArray[np.floating] = uniform((count,), seed, call, dtype)
    two = flat.reshape(-1, 2)
    far = np.sqrt(-2 * np.log(np.maximum(two[:, 0], two.dtype.type(_LEAST))))
    angle = two[:, 1] * two.dtype.type(2 * math.pi)
    drawn = np.stack([np.sin(angle) * far, np.cos(angle) * far], axis=1)
    return drawn.ravel()[: math.prod(shape)].reshape(shape)


def keep_mask(
    shape: tuple[int, ...], seed: int, call: int, rate: float, dtype: str
) -> NDArray[np.bool_]:
    """Which elements Keras's `Dropout` keeps in a call; the shape has its channels last."""
    kept: NDArray[np.bool_] = uniform(shape, seed, call, dtype) >= rate
    return kept
