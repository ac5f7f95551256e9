"""Random numbers that the graph makes itself: named streams, and the initial values drawn from them."""

import numpy as np
import torch

WORD = 0xFFFFFFFF


def hash32(text):
    """32-bit FNV-1a (Fowler, Noll, Vo, IETF draft, section 2)."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & WORD
    return value


def uniforms(count, *path):
    """Numbers of a named stream in [0, 1): xoroshiro128+ (Blackman and Vigna), 53 bits each."""
    seed = hash32("/".join(map(str, path)))
    # pure-rand's seeding; halves of the two 64-bit words.
    low, high = (~seed & WORD) | WORD << 32, seed << 32

    def following():
        nonlocal low, high
        out = low + high & WORD
        mixed = low ^ high
        low = (low << 24 | low >> 40) ^ mixed ^ mixed << 16
        low &= WORD << 32 | WORD
        high = (mixed << 37 | mixed >> 27) & (WORD << 32 | WORD)
        return out

    return [((following() & 0x3FFFFFF) * 2**27 + (following() & 0x7FFFFFF)) / 2**53 for _ in range(count)]


def initial(shapes, seed):
    """Where linear layers start: He et al. (ICCV 2015) before a ReLU, else LeCun et al. (1998); biases at 0."""
    values = {}
    for name, shape in shapes.items():
        bound = (6 if name.endswith("embedding.weight") else 1) / shape[0]
        drawn = uniforms(int(np.prod(shape)), seed, "parameter", name)
        weights = np.sqrt(bound) * (2 * np.array(drawn).reshape(shape) - 1) * (len(shape) > 1)
        values[name] = torch.from_numpy(weights.astype(np.float32).astype(np.float64))
    return values
