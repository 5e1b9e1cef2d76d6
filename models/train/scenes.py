"""Backgrounds: a flat colour with a slight slope, or a simple scene drawn from ellipses and slopes.

Scenes are drawn here, at any size, so that the same scene serves 64 px training pictures and 256 px originals.
"""
import math
import random

import numpy as np
import torch
from PIL import Image, ImageDraw

from subjects import BACKGROUNDS, COLOURS

OVERSAMPLE = 1024


def _slope(top, bottom):
    share = np.linspace(0, 1, OVERSAMPLE)[:, None, None]
    rows = np.array(top) * (1 - share) + np.array(bottom) * share
    return Image.fromarray(np.repeat(rows, OVERSAMPLE, 1).round().astype(np.uint8))


def _hill(draw, centre, top, width, colour):
    """A hill as an ellipse that leaves the picture below; all in shares of the side."""
    s = OVERSAMPLE
    draw.ellipse([(centre - width) * s, top * s, (centre + width) * s, (top + 2) * s], colour)


def _dots(draw, rng, count, low, high, radius, colour):
    for _ in range(count):
        x, y, r = rng.random() * OVERSAMPLE, rng.uniform(low, high) * OVERSAMPLE, rng.uniform(*radius) * OVERSAMPLE
        draw.ellipse([x - r, y - r, x + r, y + r], colour)


def _fir(draw, x, foot, height, colour):
    s = OVERSAMPLE
    for k in range(3):
        top, half = foot - height * (1 - 0.22 * k), height * (0.16 + 0.07 * k)
        draw.polygon([(x * s, top * s), ((x - half) * s, (top + height * 0.48) * s), ((x + half) * s, (top + height * 0.48) * s)], colour)


def _scene(name):
    rng = random.Random(name)
    s = OVERSAMPLE
    if name == "snow":
        picture = _slope((150, 180, 214), (206, 222, 238))
        draw = ImageDraw.Draw(picture)
        for x, h in ((0.08, 0.36), (0.2, 0.26), (0.84, 0.3), (0.95, 0.4)):
            _fir(draw, x, 0.78, h, (116, 150, 160))
        _hill(draw, 0.2, 0.70, 0.9, (232, 240, 248))
        _hill(draw, 0.9, 0.74, 0.8, (248, 251, 255))
        _dots(draw, rng, 42, 0.02, 0.72, (0.011, 0.017), (250, 252, 255))
    elif name == "night":
        picture = _slope((16, 20, 52), (44, 52, 104))
        draw = ImageDraw.Draw(picture)
        _dots(draw, rng, 34, 0.02, 0.7, (0.007, 0.014), (246, 238, 196))
        draw.ellipse([0.76 * s, 0.07 * s, 0.92 * s, 0.23 * s], (250, 236, 168))
        draw.ellipse([0.72 * s, 0.04 * s, 0.88 * s, 0.20 * s], (21, 26, 60))
        _hill(draw, 0.3, 0.82, 0.9, (18, 24, 46))
    elif name == "meadow":
        picture = _slope((112, 190, 240), (204, 234, 250))
        draw = ImageDraw.Draw(picture)
        for x, y in ((0.2, 0.16), (0.82, 0.24)):
            for dx, r in ((-0.07, 0.045), (0, 0.065), (0.07, 0.045)):
                draw.ellipse([(x + dx - r) * s, (y - r) * s, (x + dx + r) * s, (y + r) * s], (250, 252, 255))
        _hill(draw, 0.15, 0.60, 0.8, (122, 196, 92))
        _hill(draw, 0.85, 0.66, 0.9, (92, 172, 76))
        _dots(draw, rng, 16, 0.8, 0.97, (0.012, 0.016), (250, 226, 110))
        _dots(draw, rng, 10, 0.8, 0.97, (0.012, 0.016), (250, 250, 250))
    elif name == "beach":
        picture = _slope((110, 196, 244), (196, 232, 250))
        draw = ImageDraw.Draw(picture)
        draw.rectangle([0, 0.46 * s, s, 0.70 * s], (40, 150, 200))
        draw.rectangle([0, 0.60 * s, s, 0.68 * s], (92, 190, 216))
        _hill(draw, 0.5, 0.66, 1.4, (246, 252, 252))
        _hill(draw, 0.5, 0.685, 1.4, (244, 218, 158))
        draw.ellipse([0.78 * s, 0.06 * s, 0.94 * s, 0.22 * s], (255, 222, 96))
    elif name == "sea":
        picture = _slope((20, 132, 190), (8, 62, 122))
        draw = ImageDraw.Draw(picture)
        for x, w in ((0.18, 0.06), (0.5, 0.09), (0.8, 0.05)):
            draw.polygon([(x * s, 0), ((x + w) * s, 0), ((x + w - 0.12) * s, 0.8 * s), ((x - 0.2) * s, 0.8 * s)], (26, 144, 200))
        _dots(draw, rng, 14, 0.06, 0.85, (0.012, 0.028), (128, 208, 232))
        _hill(draw, 0.4, 0.86, 0.9, (214, 190, 130))
        for x in (0.1, 0.17, 0.86, 0.93):
            draw.line([((x + 0.02 * math.sin(1.6 * k)) * s, (0.96 - 0.045 * k) * s) for k in range(6)],
                      (46, 146, 96), int(0.028 * s), joint="curve")
    elif name == "space":
        picture = _slope((12, 10, 30), (38, 20, 66))
        draw = ImageDraw.Draw(picture)
        _dots(draw, rng, 46, 0.02, 0.98, (0.006, 0.013), (236, 236, 255))
        draw.ellipse([-0.1 * s, 0.74 * s, 0.3 * s, 1.14 * s], (92, 74, 160))
        draw.ellipse([0.8 * s, 0.1 * s, 0.92 * s, 0.22 * s], (222, 132, 96))
    elif name == "sunset":
        picture = _slope((86, 50, 120), (255, 170, 92))
        draw = ImageDraw.Draw(picture)
        draw.ellipse([0.36 * s, 0.44 * s, 0.74 * s, 0.82 * s], (255, 216, 108))
        for k, y in enumerate((0.3, 0.38)):
            draw.rounded_rectangle([(0.08 + 0.5 * k) * s, y * s, (0.4 + 0.5 * k) * s, (y + 0.03) * s], 0.015 * s, (238, 122, 110))
        _hill(draw, 0.2, 0.74, 0.8, (112, 52, 88))
        _hill(draw, 0.9, 0.80, 0.8, (76, 36, 72))
    elif name == "forest":
        picture = _slope((176, 214, 178), (128, 184, 140))
        draw = ImageDraw.Draw(picture)
        for k in range(8):
            _fir(draw, k / 7, 0.78, 0.56 + 0.1 * (k % 2), (92, 150, 112))
        for x in (0.04, 0.2, 0.82, 0.97):
            _fir(draw, x, 0.86, 0.7, (46, 104, 70))
        _hill(draw, 0.5, 0.80, 1.2, (74, 128, 62))
    else:
        raise ValueError(name)
    return picture


def _colour(name):
    rgb = np.array(COLOURS[name][0], float)
    return _slope(np.clip(rgb * 1.05, 0, 255), np.clip(rgb * 0.95, 0, 255))


def backgrounds(side):
    """float32 [len(BACKGROUNDS), 3, side, side], 0..255"""
    pictures = [(_colour if name in COLOURS else _scene)(name).resize((side, side), Image.BOX) for name in BACKGROUNDS]
    return torch.stack([torch.from_numpy(np.asarray(p, np.float32)).permute(2, 0, 1) for p in pictures])
