"""Training pictures, composed on the fly: one object from a bank of sprites on a background, in a look."""
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from choices import SIZES, arrangement
from looks import FILTERS
from scenes import backgrounds
from subjects import ART_SETS, COLOUR_NAMES, CONCEPTS, HELD_OUT_ART, HELD_OUT_COLOURS, LOOK_NAMES, LOOKS, PLACE_NAMES

SIDE = 64        # px, side of a training picture
OBJECT = 54      # px, nominal side of the object in it
PIXEL, SKETCH = LOOK_NAMES.index("pixel"), LOOK_NAMES.index("sketch")


def open_sprite(concept, art, folder="sprites"):
    """RGBA picture, 256 px, of a concept's drawing in an art set."""
    return Image.open(Path(folder) / f"{CONCEPTS[concept]['icon']}.{ART_SETS[art]}.png").convert("RGBA")


def premultiplied(image):
    """PIL RGBA -> float32 [4, H, W], 0..255, colour already multiplied by alpha."""
    rgba = np.asarray(image, np.float32).copy()
    rgba[..., :3] *= rgba[..., 3:] / 255
    return torch.from_numpy(rgba).permute(2, 0, 1)


def centred(sprite, side):
    """Pads [4, n, n] with transparency to [4, side, side]."""
    before = (side - sprite.shape[-1]) // 2
    after = side - sprite.shape[-1] - before
    return F.pad(sprite, (before, after, before, after))


class Bank:
    """Sprites of every concept, art set and size, made when first asked for, and backgrounds [background, 3, side, side]."""

    def __init__(self, side=SIDE, folder="sprites"):
        self.side, self.folder = side, folder
        self.backgrounds = backgrounds(side)
        self.sprites = {}

    def sprite(self, concept, art, size):
        """uint8 [4, side, side], premultiplied; size: index into SIZES"""
        key = (concept, art, size)
        if key not in self.sprites:
            n = round(OBJECT * self.side / SIDE * SIZES[size])
            n += (self.side - n) % 2   # an even margin, so that the object is centred to the pixel
            # PIL premultiplies while resizing RGBA; ours comes only afterwards.
            drawn = premultiplied(open_sprite(concept, art, self.folder).resize((n, n), Image.LANCZOS))
            self.sprites[key] = centred(drawn, self.side).round().clamp(0, 255).to(torch.uint8)
        return self.sprites[key]


def arrange(subject, z, hold_out=True):
    """Numbers of the noise [COUNT] -> how the picture of a subject is composed, at side SIDE.

    With hold_out the noise does not choose what is held out from training.
    """
    art = LOOKS[LOOK_NAMES[subject.look]][0]
    if not hold_out:
        return arrangement(z, subject, art, PLACE_NAMES[subject.place], OBJECT, SIDE)
    no_art = [k for k in range(len(ART_SETS)) if (subject.concept, k) in HELD_OUT_ART]
    no_background = [c for c in range(len(COLOUR_NAMES)) if (subject.concept, c) in HELD_OUT_COLOURS]
    return arrangement(z, subject, art, PLACE_NAMES[subject.place], OBJECT, SIDE, no_art, no_background)


def compose(bank, subjects, arrangements):
    """-> float pictures [N, 3, side, side] in -1..1"""
    step = bank.side // SIDE
    sprites = []
    for subject, a in zip(subjects, arrangements):
        sprite = bank.sprite(subject.concept, a.art, a.size)
        if a.mirrored:
            sprite = sprite.flip(-1)
        x, y = a.x, a.y
        if subject.look == PIXEL:   # on the grid of its blocks
            x, y = x // 2 * 2, y // 2 * 2
        sprites.append(torch.roll(sprite, (y * step, x * step), (1, 2)) if x or y else sprite)
    rgba = torch.stack(sprites).float()
    ground = bank.backgrounds[[a.background for a in arrangements]]
    pale = torch.tensor([s.look == SKETCH for s in subjects])
    ground[pale] = 255 - (255 - ground[pale]) * 0.4   # else the strokes behind drown the object
    blocks = torch.tensor([s.look == PIXEL for s in subjects])
    if blocks.any():
        rgba[blocks] = hard_edged(rgba[blocks])
    x = (rgba[:, :3] + (1 - rgba[:, 3:] / 255) * ground).clamp(0, 255)
    for name, apply in FILTERS.items():
        chosen = torch.tensor([LOOK_NAMES[s.look] == name for s in subjects])
        if chosen.any():
            x[chosen] = apply(x[chosen])
    return x / 127.5 - 1


def hard_edged(rgba):
    """Sprites for the pixel look: each of 32 x 32 cells is wholly the object's or not at all."""
    block = rgba.shape[-1] // 32
    cells = F.avg_pool2d(rgba, block)
    solid = (cells[:, 3:] > 127).float()
    colour = cells[:, :3] / (cells[:, 3:] / 255).clamp(min=1 / 255)
    cells = torch.cat([(colour.clamp(0, 255) / 36.4).round() * 36.4 * solid, solid * 255], 1)
    return cells.repeat_interleave(block, 2).repeat_interleave(block, 3)
