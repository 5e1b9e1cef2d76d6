"""What a caption leaves open is chosen by the noise.

A diffusion net that starts from pure noise can only guess the mean of everything the caption allows: with free place,
size and art that mean is a blob, and few steps never leave it. Here the noise itself says what it will become: its
projection on a few fixed patterns, 23 standard normal numbers, chooses art, background, direction, size and place.
Training pictures are composed to fit the noise they are mixed with, so caption and noise together name one picture,
and another seed is another choice.

The patterns lie in the finest chroma checkerboard, where pictures have next to nothing: noisy latents
x = alpha x0 + sigma noise give the numbers back as <pattern, x> / sigma at every timestep.
"""
from typing import NamedTuple

import torch

from subjects import ART_SETS, BACKGROUNDS, PLACES

ART = slice(0, len(ART_SETS))
BACKGROUND = slice(ART.stop, ART.stop + len(BACKGROUNDS))
FLIP, SIZE, X, Y = range(BACKGROUND.stop, BACKGROUND.stop + 4)
COUNT = Y + 1
GROUPS = (ART, BACKGROUND)                       # of each group the largest number wins
SHARP = range(BACKGROUND.stop + 1)               # what the net is told besides the numbers: winners and direction

# Sizes of the object as a share of its nominal side.
SIZES = [round(0.56 + 0.04 * k, 2) for k in range(14)]   # 0.56 … 1.08
SMALLEST, LARGEST = SIZES[0], SIZES[-1]


def patterns(side=32):
    """(mix [12], maps [COUNT, side * side]), orthonormal: number k = sum over pixels of maps[k] * (mix . latents)."""
    chroma = torch.tensor([1.0, -2.0, 1.0]) / 6**0.5
    checker = torch.tensor([1.0, -1.0, -1.0, 1.0]) / 2
    mix = (chroma[:, None] * checker[None]).flatten()      # latents are ordered colour by colour, 4 pixels each
    random = torch.randn(side * side, COUNT, generator=torch.Generator().manual_seed(77))
    return mix, torch.linalg.qr(random)[0].T.contiguous()


MIX, MAPS = patterns()


def numbers(noise):
    """Latents of pure noise [N, 12, 32, 32] -> [N, COUNT]"""
    return torch.einsum("nchw,c->nhw", noise, MIX).flatten(1) @ MAPS.T


class Arrangement(NamedTuple):
    """One composed picture: indices into ART_SETS and BACKGROUNDS, mirrored or not, index into SIZES, offset in px."""
    art: int
    background: int
    mirrored: bool
    size: int
    x: int
    y: int


def spread(z, word):
    """A standard normal number -> -1..1 within what a word allows (centre, half width)."""
    centre, half = word
    return centre + half * torch.erf(z / 2**0.5)


def margin(size, nominal, side):
    """How far, in px, an object may leave the centre without being cut."""
    return max(0.0, (side - nominal * size) / 2 - 1)


def arrangement(z, subject, art, place_name, nominal, side, no_art=(), no_background=()):
    """Numbers [COUNT] -> the Arrangement of a subject; art: the caption's art set, or None;
    no_art, no_background: choices that are held out."""
    x, y, size = (spread(z[k], word).item() for k, word in zip((X, Y, SIZE), PLACES[place_name]))
    size = SMALLEST + (LARGEST - SMALLEST) * (size + 1) / 2
    nearest = min(range(len(SIZES)), key=lambda k: abs(SIZES[k] - size))
    room = margin(SIZES[nearest], nominal, side)
    if art is None:
        scores = z[ART].clone()
        scores[list(no_art)] = -9
        art = int(scores.argmax())
    background = subject.background
    if background is None:
        scores = z[BACKGROUND].clone()
        scores[list(no_background)] = -9
        background = int(scores.argmax())
    return Arrangement(art, background, bool(z[FLIP] > 0), nearest, round(x * room), round(y * room))
