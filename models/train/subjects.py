"""What a picture can show: a concept on a background in a look, and the words for them."""
import json
import random
from pathlib import Path
from typing import NamedTuple, Optional

CONCEPTS = json.loads((Path(__file__).parent / "concepts.json").read_text(encoding="utf-8"))

# name: (RGB, German stem)
COLOURS = {
    "red": ((224, 68, 62), "rot"),
    "blue": ((66, 125, 214), "blau"),
    "green": ((84, 170, 88), "grün"),
    "yellow": ((246, 208, 77), "gelb"),
    "purple": ((142, 92, 190), "lila"),
    "white": ((245, 245, 245), "weiß"),
    "black": ((28, 28, 32), "schwarz"),
    "pink": ((244, 160, 190), "rosa"),
    "orange": ((240, 140, 60), "orange"),
    "grey": ((150, 153, 158), "grau"),
}
SCENES = ("snow", "night", "meadow", "beach", "sea", "space", "sunset", "forest")
COLOUR_NAMES = list(COLOURS)
BACKGROUNDS = [*COLOUR_NAMES, *SCENES]

ART_SETS = ("noto", "fluent-emoji-flat", "fluent-emoji")
# look: (index of the art set it is drawn from, or None where the noise chooses; share of the training samples)
LOOKS = {"any": (None, 3.6), "flat": (1, 1.2), "3d": (2, 1.2), "bw": (None, 0.7), "sketch": (None, 0.8),
         "pixel": (None, 0.8), "watercolor": (None, 0.9), "neon": (None, 0.8)}
LOOK_NAMES = list(LOOKS)
# Looks in which the background's colour can be seen.
COLOURED_LOOKS = ("any", "flat", "3d", "pixel", "watercolor")

# Words that narrow the place or the size: (centre, half width) in each of x, y, size; -1..1 of what is possible.
FREE = (0.0, 0.7)
PLACES = {
    None: (FREE, FREE, (0.25, 0.45)),
    "left": ((-0.8, 0.2), FREE, (-0.6, 0.3)),
    "right": ((0.8, 0.2), FREE, (-0.6, 0.3)),
    "top": (FREE, (-0.8, 0.2), (-0.6, 0.3)),
    "bottom": (FREE, (0.8, 0.2), (-0.6, 0.3)),
    "small": (FREE, FREE, (-0.9, 0.1)),
    "large": (FREE, FREE, (0.9, 0.1)),
}
PLACE_NAMES = list(PLACES)


class Subject(NamedTuple):
    """What a caption says: indices into CONCEPTS, BACKGROUNDS (None: not named), LOOK_NAMES and PLACE_NAMES."""
    concept: int
    background: Optional[int]
    look: int
    place: int = 0


def _pairs(kind, count, seed):
    """A fixed choice of one value a concept: {(concept, value)}."""
    rng = random.Random(seed)
    return {(i, rng.choice(kind)) for i in range(count)}


# Pairs that are never trained, to see whether words combine: each concept misses one colour and one filtered look,
# and every eighth concept was never seen in one of the two named art sets.
_FILTERED = [LOOK_NAMES.index(name) for name in ("bw", "sketch", "pixel", "watercolor", "neon")]
HELD_OUT_COLOURS = _pairs(range(len(COLOURS)), len(CONCEPTS), 20)
HELD_OUT_LOOKS = _pairs(_FILTERED, len(CONCEPTS), 21) | {(i, 1 + (i // 8) % 2) for i in range(3, len(CONCEPTS), 8)}
# Where the noise chooses the art, a held-out art set is not among the choices either.
HELD_OUT_ART = {(i, LOOKS[LOOK_NAMES[look]][0]) for i, look in HELD_OUT_LOOKS if look in (1, 2)}


def held_out(subject):
    return (subject.concept, subject.background) in HELD_OUT_COLOURS or (subject.concept, subject.look) in HELD_OUT_LOOKS


def random_subject(rng):
    """A trained subject: held-out pairs do not come. In one of seven the background is not named."""
    while True:
        look = rng.choices(range(len(LOOKS)), [share for _, share in LOOKS.values()])[0]
        background = rng.randrange(len(BACKGROUNDS)) if rng.random() < 6 / 7 else None
        place = rng.randrange(1, len(PLACES)) if rng.random() < 0.15 else 0
        subject = Subject(rng.randrange(len(CONCEPTS)), background, look, place)
        if not held_out(subject):
            return subject
