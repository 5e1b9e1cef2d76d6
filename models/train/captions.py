"""Captions in English and German as people type them: synonyms, filler words, scenes, typing noise.

Four things in a caption carry meaning: the concept, the background, the look and words of place and size. Everything
else (object colours, adjectives, «a photo of», unknown words) is sprinkled in so that the model learns to ignore it.
"""
from inflections import BARE, adjective, english_article, english_phrase, german_phrase
from subjects import BACKGROUNDS, COLOUR_NAMES, COLOURS, CONCEPTS, LOOK_NAMES, PLACE_NAMES

GERMAN_SHARE = 0.35

OPENINGS = {
    "en": ["a photo of", "a picture of", "an image of", "a drawing of", "a painting of", "a portrait of", "draw",
           "show me", "please draw", "a close-up of", "an illustration of", "photo of", "i want", "make me", "paint"],
    "de": ["ein Bild von", "ein Foto von", "eine Zeichnung von", "zeichne", "male", "zeig mir", "bitte male", "Bild:",
           "ein Gemälde von", "eine Illustration von", "mach mir", "ich möchte"],
}
ADJECTIVES = {
    "en": ["cute", "beautiful", "happy", "sad", "old", "young", "funny",
           "fluffy", "shiny", "sweet", "angry", "sleeping", "flying", "fast", "lovely", "nice", "colourful", "brown",
           "golden", "dark", "light", "fresh", "modern", "wild", "magic", "realistic", "cartoon",
           "wooden", "round", "fat", "baby", "smiling", "running", "sitting", "lonely", "pretty", "cool", "new"],
    "de": ["süß", "schön", "fröhlich", "traurig", "alt", "jung", "lustig",
           "flauschig", "glänzend", "wütend", "schlafend", "fliegend", "schnell", "nett", "bunt", "braun",
           "golden", "dunkel", "hell", "frisch", "modern", "wild", "magisch", "realistisch", "rund", "neu"],
}
SETTINGS = {  # without meaning
    "en": ["on a table", "with a hat", "in the city", "wearing glasses", "in the garden", "next to a wall", "at home",
           "with big eyes", "in the rain", "in the wind", "on a hill", "looking at me", "in a museum", "from above",
           "in the morning", "by the river", "with friends", "in the mountains", "in spring", "on the street"],
    "de": ["auf einem Tisch", "mit Hut", "in der Stadt", "mit Brille", "im Garten", "neben einer Mauer", "zu Hause",
           "mit großen Augen", "im Regen", "im Wind", "auf einem Hügel", "von oben", "am Morgen", "am Fluss",
           "in den Bergen", "im Frühling", "auf der Straße", "mit Freunden"],
}
SCENE_WORDS = {
    "en": {"snow": ["in the snow", "in snow", "in winter", "on snow", "in a snowy landscape", "on the ice"],
           "night": ["at night", "in the night", "in the dark", "under the stars", "in the moonlight", "by night"],
           "meadow": ["in a meadow", "on a meadow", "in the grass", "in a field", "on the grass", "in the countryside"],
           "beach": ["on the beach", "at the beach", "by the sea", "on the sand", "on an island", "in the desert"],
           "sea": ["under water", "underwater", "in the sea", "in the ocean", "in the water", "under the sea"],
           "space": ["in space", "in outer space", "among the stars", "in the universe", "in the galaxy"],
           "sunset": ["at sunset", "at sunrise", "in the evening", "at dusk", "at dawn", "in the evening sun"],
           "forest": ["in the forest", "in a forest", "in the woods", "in the jungle", "among trees"]},
    "de": {"snow": ["im Schnee", "im Winter", "auf Schnee", "in einer Schneelandschaft", "im Eis"],
           "night": ["bei Nacht", "in der Nacht", "im Dunkeln", "unter den Sternen", "im Mondschein", "nachts"],
           "meadow": ["auf einer Wiese", "auf der Wiese", "im Gras", "auf dem Feld", "im Grünen"],
           "beach": ["am Strand", "im Sand", "am Meer", "auf einer Insel", "in der Wüste"],
           "sea": ["unter Wasser", "im Meer", "im Wasser", "im Ozean", "in der See"],
           "space": ["im Weltall", "im Weltraum", "im All", "im Universum"],
           "sunset": ["bei Sonnenuntergang", "bei Sonnenaufgang", "am Abend", "in der Abendsonne", "in der Dämmerung", "im Abendrot"],
           "forest": ["im Wald", "in einem Wald", "im Dschungel", "zwischen Bäumen"]},
}
# Adjectives before the noun, and phrases after it.
PLACE_WORDS = {
    "en": {"left": ([], ["on the left", "on the left side", "to the left"]), "right": ([], ["on the right", "on the right side", "to the right"]),
           "top": ([], ["at the top", "at the top of the picture", "up high"]), "bottom": ([], ["at the bottom", "at the bottom of the picture", "down low"]),
           "small": (["small", "little", "tiny"], ["far away", "in the distance"]), "large": (["big", "large", "huge", "giant"], ["close-up", "up close", "filling the picture"])},
    "de": {"left": ([], ["links", "auf der linken Seite", "links im Bild"]), "right": ([], ["rechts", "auf der rechten Seite", "rechts im Bild"]),
           "top": ([], ["oben", "oben im Bild", "ganz oben"]), "bottom": ([], ["unten", "unten im Bild", "ganz unten"]),
           "small": (["klein", "winzig"], ["in der Ferne", "weit weg"]), "large": (["groß", "riesig"], ["ganz nah", "Nahaufnahme", "in Großaufnahme"])},
}
TAILS = {
    "en": ["highly detailed", "4k", "8k", "masterpiece", "digital art", "centered", "best quality", "illustration",
           "sharp focus", "studio light", "oil painting", "cinematic", "trending", "photorealistic", "emoji", "icon", "simple"],
    "de": ["sehr detailliert", "4k", "Meisterwerk", "hohe Qualität", "scharf", "Illustration", "Studiolicht",
           "Ölgemälde", "zentriert", "digitale Kunst", "Emoji", "schlicht", "einfach"],
}
LOOK_WORDS = {
    "en": {"flat": ["flat", "flat icon", "flat design", "flat style"], "3d": ["3d", "3d render", "3d style", "3d rendered"],
           "bw": ["black and white", "monochrome", "black & white", "grayscale", "b&w"],
           "sketch": ["pencil sketch", "sketch", "pencil drawing", "hand-drawn sketch", "pencil"],
           "pixel": ["pixel art", "8-bit pixel art", "pixelated", "8-bit"],
           "watercolor": ["watercolor", "watercolour", "watercolor painting", "aquarelle"],
           "neon": ["neon", "neon lights", "neon sign", "neon glow", "glowing neon"]},
    "de": {"flat": ["flach", "flaches Symbol", "flacher Stil", "flat"], "3d": ["3D", "3D-Bild", "3D-Stil", "3D-Rendering"],
           "bw": ["schwarzweiß", "schwarz-weiß", "einfarbig", "Graustufen", "Schwarzweißbild"],
           "sketch": ["Bleistiftskizze", "Skizze", "Bleistiftzeichnung", "Bleistift"],
           "pixel": ["Pixelkunst", "Pixelbild", "verpixelt", "Pixel-Art"],
           "watercolor": ["Aquarell", "Wasserfarben", "Aquarellbild", "Aquarellstil"],
           "neon": ["Neon", "Neonlicht", "Neonschild", "Neonfarben", "leuchtendes Neon"]},
}


def gibberish(rng):
    """A word the model cannot know."""
    return "".join(rng.choice("aeiou" if k % 2 else "bcdfghklmnprstvwz") for k in range(rng.randint(3, 8)))


def background(name, language, rng):
    """Words that name a background. A leading comma is glued to the words before it."""
    if name in SCENE_WORDS[language]:
        words = rng.choice(SCENE_WORDS[language][name][:1] + SCENE_WORDS[language][name])
        return f", {words}" if rng.random() < 0.15 else words
    if language == "en":
        name = rng.choice(["grey", "gray"]) if name == "grey" else name
        article = english_article(name)
        return rng.choice([f"on {article} {name} background", f"on {article} {name} background", f", {name} background",
                           f"on {name}", f"with {article} {name} background", f"in front of {article} {name} background",
                           f"against {name}", f"in front of {name}", f"on {name} ground"])
    stem = COLOURS[name][1]
    dative, nominative = adjective(stem, "em"), adjective(stem, "er")
    return rng.choice([f"auf {dative} Hintergrund", f"auf {dative} Grund", f"vor {dative} Hintergrund",
                       f", {nominative} Hintergrund", f"mit {dative} Hintergrund", f"auf {stem}", f"vor {stem}"])


def caption(subject, rng, language=None, noun_of=None):
    """A caption for a subject. In one of four filler words abound. noun_of(concept, adjectives, rng) says the noun phrase."""
    language = language or ("de" if rng.random() < GERMAN_SHARE else "en")
    noun_of = noun_of or (english_phrase if language == "en" else german_phrase)
    look = LOOK_NAMES[subject.look]
    wordy = rng.random() < 0.25

    adjectives = []
    if rng.random() < (0.7 if wordy else 0.2):
        pool = ADJECTIVES[language]
        colours = COLOUR_NAMES if language == "en" else [stem for _, stem in COLOURS.values()]
        adjectives = [rng.choice(colours) if rng.random() < 0.45 else rng.choice(pool)]
        if wordy and rng.random() < 0.4:
            adjectives.append(rng.choice(pool))
    if rng.random() < 0.03:
        adjectives.append(gibberish(rng))
    place = ""
    if subject.place:
        before, after = PLACE_WORDS[language][PLACE_NAMES[subject.place]]
        if before and rng.random() < 0.7:
            adjectives.insert(0, rng.choice(before))
        else:
            place = rng.choice(after)

    text = noun_of(subject.concept, adjectives, rng)
    if rng.random() < (0.5 if wordy else 0.08):
        text = f"{rng.choice(OPENINGS[language])} {text}"
    if rng.random() < 0.03:  # the first thing named is the one drawn
        joint = rng.choice(["and", "with"] if language == "en" else ["und", "mit"])
        text = f"{text} {joint} {noun_of(rng.randrange(len(CONCEPTS)), [], rng)}"
    parts = [text]
    if place:
        parts.append(f", {place}" if rng.random() < 0.3 else place)
    if wordy and rng.random() < 0.35:
        parts.append(rng.choice(SETTINGS[language]))
    if subject.background is not None:
        parts.append(background(BACKGROUNDS[subject.background], language, rng))
    if rng.random() < (0.5 if wordy else 0.04):
        parts.append(", " + rng.choice(TAILS[language]) + (f", {rng.choice(TAILS[language])}" if rng.random() < 0.4 else ""))
    if rng.random() < 0.02:
        parts.append(gibberish(rng))
    if look != "any":
        word = rng.choice(LOOK_WORDS[language][look][:1] + LOOK_WORDS[language][look])
        where = rng.random()
        if where < 0.55:
            parts.append(f", {word}")
        elif where < 0.7:
            parts.append(f"in {word}" if language == "en" else f"als {word}")
        elif where < 0.85:
            parts.insert(0, f"{word}:" if language == "de" or rng.random() < 0.3 else f"{word} of")
        else:
            parts.insert(0, word)
    text = " ".join(parts).replace(" ,", ",")
    return text + rng.choice(["", "", "", "", "", "", ".", "!"])


def wordless(rng):
    """Filler words without a concept: such a caption, like the empty one, says nothing about the picture."""
    language = rng.choice(["en", "de"])
    pools = TAILS[language] + ADJECTIVES[language] + SETTINGS[language]
    return ", ".join(rng.choice(pools) if rng.random() < 0.8 else gibberish(rng) for _ in range(rng.randint(1, 4)))


def plain_caption(subject, language="en"):
    """The one caption that names everything in the simplest way."""
    look = LOOK_NAMES[subject.look]
    tail = "" if look == "any" else f", {LOOK_WORDS[language][look][0]}"
    name = None if subject.background is None else BACKGROUNDS[subject.background]
    if language == "en":
        noun = CONCEPTS[subject.concept]["en"][0]
        text = noun if noun in BARE else f"{english_article(noun)} {noun}"
        ground = f" on {english_article(name or ' ')} {name} background"
    else:
        noun, gender = CONCEPTS[subject.concept]["de"][0]
        text = f"{ {'m': 'ein', 'f': 'eine', 'n': 'ein', 'p': ''}[gender]} {noun}".strip()
        ground = f" auf {adjective(COLOURS[name][1], 'em')} Hintergrund" if name in COLOURS else ""
    if name in SCENE_WORDS[language]:
        ground = f" {SCENE_WORDS[language][name][0]}"
    return text + (ground if name else "") + tail
