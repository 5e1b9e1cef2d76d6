"""Ways in which a copy differs from its original. Each takes pictures [N, 3, S, S] in 0..1 and gives as many, for whole batches at once."""
import io
import math
import random

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

LUMA = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)


def uniform(n, low, high):
    return torch.empty(n, 1, 1, 1).uniform_(low, high)


def grey(x):
    return (x * LUMA).sum(1, keepdim=True)


def mixed(a, b, share):
    return a * (1 - share) + b * share


def fills(x):
    """What is behind a picture that does not fill its place: black, white, a colour, or the picture's own mean."""
    n = len(x)
    choices = torch.stack([torch.zeros(n, 3), torch.ones(n, 3), torch.rand(n, 3), x.mean((2, 3))])
    return choices[torch.randint(4, (n,)), torch.arange(n)].view(n, 3, 1, 1)


def warped(x, matrix):
    """matrix: [N, 2, 3] from the result's places to the original's; what lies outside is filled."""
    grid = F.affine_grid(matrix, x.shape, align_corners=False)
    both = F.grid_sample(torch.cat([x, torch.ones_like(x[:, :1])], 1), grid, mode="bilinear", align_corners=False)
    return both[:, :3] + (1 - both[:, 3:]) * fills(x)


def affine(x, angle=0.0, width=1.0, height=1.0, left=0.0, top=0.0, shear=0.0):
    """The part of the picture that is seen: its centre, its width and height as shares of all, turned by angle (radians)."""
    n = len(x)
    angle, width, height, left, top, shear = (torch.as_tensor(v, dtype=torch.float32).expand(n) for v in (angle, width, height, left, top, shear))
    cos, sin = angle.cos(), angle.sin()
    rows = [torch.stack([width * cos, -height * (sin - shear), left], 1), torch.stack([width * (sin + shear), height * cos, top], 1)]
    return warped(x, torch.stack(rows, 1))


def flat(n, low, high):
    return torch.empty(n).uniform_(low, high)


def tilt(x):
    n = len(x)
    angle = flat(n, -25, 25) * math.pi / 180
    # Most are cut so that no corner is empty; the others keep all of the picture or all of the frame.
    share = torch.where(torch.rand(n) < 0.6, 1 / (angle.cos() + angle.abs().sin()), torch.where(torch.rand(n) < 0.5, 1.0, angle.cos() + angle.abs().sin()))
    return affine(x, angle, share, share)


def crop(x):
    n = len(x)
    width = flat(n, 0.62, 0.98)
    height = torch.where(torch.rand(n) < 0.5, width, flat(n, 0.62, 0.98))
    return affine(x, 0.0, width, height, flat(n, -1, 1) * (1 - width), flat(n, -1, 1) * (1 - height))


def pad(x):
    n = len(x)
    width = flat(n, 1, 1.6)
    height = torch.where(torch.rand(n) < 0.4, width, flat(n, 1, 1.6))
    return affine(x, 0.0, width, height, flat(n, -1, 1) * (width - 1), flat(n, -1, 1) * (height - 1))


def stretch(x):
    n = len(x)
    return affine(x, 0.0, flat(n, 0.75, 1.25), flat(n, 0.75, 1.25), shear=flat(n, -0.2, 0.2))


def symmetry(x):
    """One of the seven that are not the picture itself."""
    out = x.clone()
    which = torch.randint(1, 8, (len(x),))
    for k in range(1, 8):
        chosen = which == k
        if chosen.any():
            part = torch.rot90(x[chosen], k % 4, (2, 3))
            out[chosen] = part.flip(3) if k >= 4 else part
    return out


def mirror(x):
    return x.flip(3)


def shrink(x):
    out = x.clone()
    for group in range(4):
        side = random.randint(20, x.shape[2] * 3 // 4)
        small = F.interpolate(x[group::4], (side, side), mode="area")
        out[group::4] = F.interpolate(small, x.shape[2:], mode=random.choice(("nearest", "bilinear")))
    return out


def gaussian(x, sigma):
    reach = math.ceil(sigma * 2.5)
    window = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    window = (window / window.sum()).view(1, 1, 1, -1).expand(3, 1, 1, -1)
    padded = F.pad(x, (reach,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, window, groups=3), window.transpose(2, 3), groups=3)


def blur(x):
    out = x.clone()
    for group in range(3):
        if len(x[group::3]):
            out[group::3] = gaussian(x[group::3], random.uniform(0.6, 4))
    return out


def sharpen(x):
    return x + uniform(len(x), 0.5, 3) * (x - gaussian(x, 1.2)) if len(x) else x


def gamma(x):
    return x.clamp(1e-4, 1) ** torch.exp(uniform(len(x), -0.9, 0.9))


def brightness(x):
    return x * uniform(len(x), 0.5, 1.5) + uniform(len(x), -0.2, 0.2)


def contrast(x):
    return mixed(x.mean((1, 2, 3), keepdim=True), x, uniform(len(x), 0.4, 1.8))


def saturation(x):
    return mixed(grey(x), x, uniform(len(x), 0, 2.2))


def without_colour(x):
    """Grey, or one tint such as sepia, or two."""
    n = len(x)
    dark = torch.rand(n, 3, 1, 1) * 0.35 * (torch.rand(n, 1, 1, 1) < 0.4)
    light = 1 - torch.rand(n, 3, 1, 1) * 0.45 * (torch.rand(n, 1, 1, 1) < 0.6)
    return mixed(dark, light, grey(x))


def hue(x):
    """Turned about the grey axis by any angle (Rodrigues)."""
    angle = torch.empty(len(x)).uniform_(-math.pi, math.pi)
    cos, sin = angle.cos(), angle.sin() / 3**0.5
    third = (1 - cos) / 3
    row = torch.stack([cos + third, third - sin, third + sin], 1)
    matrix = torch.stack([row, row.roll(1, 1), row.roll(2, 1)], 1)
    return torch.einsum("nij,njhw->nihw", matrix, x)


def tint(x):
    """Every channel with a gain and an offset of its own, or a veil of one colour."""
    n = len(x)
    shifted = x * torch.empty(n, 3, 1, 1).uniform_(0.6, 1.4) + torch.empty(n, 3, 1, 1).uniform_(-0.15, 0.15)
    return torch.where(torch.rand(n, 1, 1, 1) < 0.6, shifted, mixed(x, torch.rand(n, 3, 1, 1), uniform(n, 0.1, 0.5)))


def noise(x):
    return x + torch.randn_like(x) * uniform(len(x), 0.02, 0.22)


def specks(x):
    chance = torch.rand(len(x), 1, *x.shape[2:])
    rate = uniform(len(x), 0.01, 0.1)
    return torch.where(chance < rate / 2, 0.0, torch.where(chance > 1 - rate / 2, 1.0, x))


def posterised(x):
    steps = torch.randint(2, 7, (len(x), 1, 1, 1))
    return (x.clamp(0, 1) * steps).round() / steps


def vignette(x):
    line = torch.linspace(-1, 1, x.shape[2])
    distance = (line[:, None] ** 2 + line[None] ** 2)[None, None]
    return x * (1 - uniform(len(x), 0.2, 0.55) * distance)


def light(x):
    """A slope of light across the picture, as on a photograph of a screen."""
    line = torch.linspace(-1, 1, x.shape[2])
    return x + uniform(len(x), -0.3, 0.3) * line[None, None, :, None] + uniform(len(x), -0.3, 0.3) * line[None, None, None]


def jpeg(x):
    out = []
    for picture in (x.clamp(0, 1) * 255).to(torch.uint8).permute(0, 2, 3, 1).numpy():
        memory = io.BytesIO()
        Image.fromarray(picture).save(memory, "JPEG", quality=random.randint(8, 60))
        out.append(np.array(Image.open(memory)))
    return torch.from_numpy(np.stack(out)).permute(0, 3, 1, 2).float() / 255


class Overlay:
    """Lays pictures of a bank [K, 4, S, S] uint8 over others; now and then the same ones over many, which must not make them alike."""

    def __init__(self, bank):
        self.bank = bank

    def __call__(self, x):
        few = random.random() < 0.4
        which = torch.randint(2 if few else len(self.bank), (len(x),)) + (random.randrange(len(self.bank)) if few else 0)
        over = self.bank[which % len(self.bank)].float() / 255
        return mixed(x, over[:, :3], over[:, 3:])


class Inset:
    """The picture within another one, as in a collage or on a page."""

    def __init__(self, pool):
        self.pool = pool

    def __call__(self, x):
        n = len(x)
        width, height = flat(n, 1.1, 1.5), flat(n, 1.1, 1.5)
        left, top = flat(n, -1, 1) * (width - 1), flat(n, -1, 1) * (height - 1)
        matrix = torch.zeros(n, 2, 3)
        matrix[:, 0, 0], matrix[:, 1, 1], matrix[:, 0, 2], matrix[:, 1, 2] = width, height, left, top
        grid = F.affine_grid(matrix, x.shape, align_corners=False)
        both = F.grid_sample(torch.cat([x, torch.ones_like(x[:, :1])], 1), grid, mode="bilinear", align_corners=False)
        behind = self.pool[torch.randint(len(self.pool), (n,))].float() / 255
        return both[:, :3] + (1 - both[:, 3:]) * behind


class Copies:
    """Between one and three differences for every picture; what is drawn at each place comes by its share."""

    def __init__(self, banks, pool):
        self.kinds = [
            (tilt, 3.5), (crop, 2.5), (pad, 1.5), (stretch, 0.8), (symmetry, 2.5), (mirror, 1), (shrink, 0.5), (blur, 1), (sharpen, 0.4),
            (gamma, 0.6), (brightness, 0.7), (contrast, 0.7), (saturation, 0.7), (without_colour, 1.2), (hue, 2.2), (tint, 1.5),
            (noise, 0.9), (specks, 0.4), (posterised, 0.6), (vignette, 0.4), (light, 0.5), (jpeg, 0.4), (Inset(pool), 0.5),
            (Overlay(banks["band"]), 2), (Overlay(banks["words"]), 1.3), (Overlay(banks["stickers"]), 1.3), (Overlay(banks["frame"]), 0.8),
        ]
        self.shares = torch.tensor([share for _, share in self.kinds])

    def __call__(self, x, most=3):
        """Tensor to tensor, 0..1."""
        n = len(x)
        count = 1 + torch.multinomial(torch.tensor([0.4, 0.4, 0.2][:most]), n, replacement=True)
        for turn in range(most):
            chosen = torch.multinomial(self.shares, n, replacement=True)
            chosen[turn >= count] = -1
            out = x.clone()
            for k, (differ, _) in enumerate(self.kinds):
                here = (chosen == k).nonzero()[:, 0]
                if len(here):
                    out[here] = differ(x[here]).clamp(0, 1)
            x = out
        return x


def new_original(x):
    """Another work made of a picture of the pool, so that there are more of them than the pool holds: cut, turned, in other colours."""
    n = len(x)
    width = flat(n, 0.55, 1)
    x = affine(x, 0.0, width, width, flat(n, -1, 1) * (1 - width), flat(n, -1, 1) * (1 - width))
    chosen = torch.rand(n) < 0.5
    x[chosen] = x[chosen][:, torch.randperm(3)]
    turned = torch.rand(n) < 0.5
    x[turned] = x[turned].flip(3)
    coloured = torch.rand(n) < 0.25
    if coloured.any():
        x[coloured] = hue(x[coloured])
    inverted = torch.rand(n) < 0.1
    x[inverted] = 1 - x[inverted]
    return x.clamp(0, 1)
