"""Rendered drawings on coloured grounds, and the ways in which small pictures come to be poor ones."""
import io
import random

import numpy as np
from PIL import Image, ImageFilter

FILTERS = {"area": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}


def files(work, part, kind):
    """part: train | held, kind: icons | clip-art. Sorted, so that seeds mean the same everywhere."""
    return sorted((work / "art" / part / kind).glob("*.png"))


def load(path):
    """A drawing as [H, W, 4] uint8."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGBA"))


def ground(height, width, rng):
    """[H, W, 3] float in 0..255: white, dark, one colour or a gradient of two."""
    kind = rng.random()
    if kind < 0.2:
        return np.full((height, width, 3), 255.0, np.float32)
    if kind < 0.3:
        return np.full((height, width, 3), rng.uniform(0, 40), np.float32)
    first = np.array([rng.uniform(0, 255) for _ in range(3)], np.float32)
    if kind < 0.75:
        return np.broadcast_to(first, (height, width, 3))
    second = np.array([rng.uniform(0, 255) for _ in range(3)], np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    t = (rng.uniform(-1, 1) * x / width + rng.uniform(-1, 1) * y / height + 1) / 2
    return first + (second - first) * np.clip(t, 0, 1)[..., None]


def compose(drawing, rng):
    """[H, W, 4] uint8 -> RGB picture."""
    alpha = drawing[..., 3:].astype(np.float32) / 255
    mixed = drawing[..., :3] * alpha + ground(*drawing.shape[:2], rng) * (1 - alpha)
    return Image.fromarray(np.round(mixed).astype(np.uint8))


def jpeg(picture, quality):
    memory = io.BytesIO()
    picture.save(memory, "JPEG", quality=quality)
    return Image.open(memory).convert("RGB")


def noisy(picture, sigma, seed):
    noise = np.random.default_rng(seed).normal(0, sigma, (picture.height, picture.width, 3))
    return Image.fromarray(np.clip(np.round(np.asarray(picture) + noise), 0, 255).astype(np.uint8))


def shrink(picture, factor, rng):
    """A small picture as training input: two in five clean, the others blurred, noisy, compressed in any combination."""
    clean = rng.random() < 0.4
    if not clean and rng.random() < 0.4:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.1, 0.45) * factor))
    size = (picture.width // factor, picture.height // factor)
    small = picture.resize(size, FILTERS[rng.choice(list(FILTERS))])
    if not clean and rng.random() < 0.3:
        small = noisy(small, rng.uniform(0.5, 5), rng.randrange(2**32))
    if not clean and rng.random() < 0.6:
        small = jpeg(small, rng.randint(40, 95))
    return small


def shrink_for_test(picture, factor, degraded, seed):
    """Bicubic, the usual clean test; or degraded: slight blur, bicubic, slight noise, JPEG 75."""
    size = (picture.width // factor, picture.height // factor)
    if not degraded:
        return picture.resize(size, Image.BICUBIC)
    blurred = picture.filter(ImageFilter.GaussianBlur(0.3 * factor))
    return jpeg(noisy(blurred.resize(size, Image.BICUBIC), 2, seed), 75)


def training_pair(drawing, factor, side, rng):
    """Small [3, side, side] and large [3, factor x side, ...] uint8 crops that lie exactly over each other."""
    large_side = (side + 8) * factor
    height, width = drawing.shape[:2]
    for _ in range(4):
        take = min(int(large_side * rng.choice((1, 1, rng.uniform(1, 1.8)))), height, width)
        y, x = rng.randint(0, height - take), rng.randint(0, width - take)
        crop = drawing[y:y + take, x:x + take]
        if crop[::8, ::8].std(axis=(0, 1)).max() > 12:  # nothing is learned from empty corners
            break
    picture = compose(crop, rng)
    if take != large_side:
        picture = picture.resize((large_side, large_side), Image.LANCZOS if take < large_side else Image.BOX)
    small = np.asarray(shrink(picture, factor, rng))
    large = np.asarray(picture)
    # JPEG's 8 x 8 blocks must not always begin at the crop's corner.
    y, x = rng.randrange(9), rng.randrange(9)
    small = small[y:y + side, x:x + side]
    large = large[y * factor:(y + side) * factor, x * factor:(x + side) * factor]
    turns, mirrored = rng.randrange(4), rng.random() < 0.5
    out = []
    for array in (small, large):
        array = np.rot90(array, turns)
        out.append(np.ascontiguousarray((array[:, ::-1] if mirrored else array).transpose(2, 0, 1)))
    return out


def test_picture(drawing, seed):
    """The whole drawing on a ground fixed by the seed, its sides cut to multiples of 4."""
    height, width = (side // 4 * 4 for side in drawing.shape[:2])
    return compose(drawing[:height, :width], random.Random(seed))
