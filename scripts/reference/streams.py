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


def _fraction(x):
    """What is behind the point."""
    return x - np.floor(x)


def _mixed(first, second, fresh, rounds):
    """Rounds of a Feistel network on two halves of a number."""
    for key in np.float32([977.1, 3571.7, 211.3, 1523.9, 665.7, 2741.3])[:rounds]:
        keyed = second + _fraction(fresh * key)
        first, second = second, _fraction(first + keyed * keyed * np.float32(61))
    return first, second


def _halves(shape, name, fresh, rounds):
    """A hash of row and column: a uniform number for each coordinate, in halves."""
    rows, columns = shape[0], int(np.prod(shape[1:]))

    def start(half, shift):
        row, column = (
            np.array(uniforms(size, 0, "coordinates", name, half, axis), np.float32)
            for size, axis in ((rows, "row"), (columns, "column"))
        )
        return _fraction((row + shift)[:, None] + column)

    halves = start("first", fresh), start("second", _fraction(fresh * np.float32(4096)))
    return _mixed(*halves, fresh, rounds)


def _whole(halves, shape):
    """Both halves as one number of 24 bits."""
    joined = (np.floor(halves[0] * np.float32(4096)) + halves[1]) / np.float32(4096)
    return np.clip(joined, 2**-25, 1 - 2**-24).astype(np.float64).reshape(shape)


def coordinate_uniform(shape, name, fresh):
    """The graph's own noise of each coordinate; its hash is exact in float32 only, so that is used here."""
    return torch.from_numpy(_whole(_halves(shape, name, fresh.numpy().astype(np.float32), 4), shape))


def coordinate_normal(shape, name, fresh):
    """Standard normal noise of each coordinate, by Box and Muller; the angle is two rounds behind."""
    fresh = fresh.numpy().astype(np.float32)
    radius = np.sqrt(-2 * np.log(_whole(_halves(shape, name, fresh, 4), shape)))
    angle = _halves(shape, name, fresh, 6)[1].astype(np.float64).reshape(shape)
    return torch.from_numpy(radius * np.cos(2 * np.pi * angle))


def sample_normal(size, name, fresh):
    """Standard normal noise for each sample's elements, from one number for each sample."""
    rows = [coordinate_normal([1, size], name, one[None]) for one in fresh]
    return torch.cat(rows)


def position_uniform(tokens, fresh):
    """Noise for each position of each sample's text, from one number for each sample."""
    fresh = fresh.numpy().astype(np.float32)[:, None]
    position = np.arange(1, tokens + 1, dtype=np.float32)[None]
    shifts = fresh, _fraction(fresh * np.float32(4096))
    turns = np.float32([0.6180339887, 0.7548776662])
    halves = (_fraction(position * turn + shift) for turn, shift in zip(turns, shifts))
    return torch.from_numpy(_whole(_mixed(*halves, fresh, 4), [len(fresh), tokens]))


def initial(shapes, seed):
    """Where linear layers start: He et al. (ICCV 2015) before a ReLU, else LeCun et al. (1998); biases at 0."""
    values = {}
    for name, shape in shapes.items():
        bound = (6 if name.endswith("embedding.weight") else 1) / shape[0]
        drawn = uniforms(int(np.prod(shape)), seed, "parameter", name)
        weights = np.sqrt(bound) * (2 * np.array(drawn).reshape(shape) - 1) * (len(shape) > 1)
        values[name] = torch.from_numpy(weights.astype(np.float32).astype(np.float64))
    return values
