"""Captions in English and German as people type them: synonyms, filler words, scenes, typing noise.

Only three things in a caption carry meaning: the concept, the background colour and the look. Everything else (object
colours, adjectives, «a photo of», unknown words) is sprinkled in so that the model learns to ignore it.
"""
from subjects import COLOUR_NAMES, COLOURS, CONCEPTS, LOOK_NAMES

GERMAN_SHARE = 0.35

OPENINGS = {
    "en": ["a photo of", "a picture of", "an image of", "a drawing of", "a painting of", "a portrait of", "draw",
           "show me", "please draw", "a close-up of", "an illustration of", "photo of", "i want", "make me", "paint"],
    "de": ["ein Bild von", "ein Foto von", "eine Zeichnung von", "zeichne", "male", "zeig mir", "bitte male", "Bild:",
           "ein Gemälde von", "eine Illustration von", "mach mir", "ich möchte"],
}
ADJECTIVES = {
    "en": ["cute", "big", "small", "little", "tiny", "huge", "beautiful", "happy", "sad", "old", "young", "funny",
           "fluffy", "shiny", "sweet", "angry", "sleeping", "flying", "fast", "lovely", "nice", "colourful", "brown",
           "orange", "golden", "dark", "light", "grey", "fresh", "modern", "wild", "magic", "realistic", "cartoon",
           "wooden", "round", "fat", "baby", "smiling", "running", "sitting", "lonely", "pretty", "cool", "new"],
    "de": ["süß", "groß", "klein", "winzig", "riesig", "schön", "fröhlich", "traurig", "alt", "jung", "lustig",
           "flauschig", "glänzend", "wütend", "schlafend", "fliegend", "schnell", "nett", "bunt", "braun", "orange",
           "golden", "dunkel", "hell", "grau", "frisch", "modern", "wild", "magisch", "realistisch", "rund", "neu"],
}
PLACES = {  # without meaning
    "en": ["on a table", "with a hat", "in the city", "wearing glasses", "in the garden", "next to a wall", "at home",
           "with big eyes", "in the rain", "in the wind", "on a hill", "looking at me", "in a museum", "from above",
           "in the morning", "by the river", "with friends", "in the mountains", "in spring", "on the street"],
    "de": ["auf einem Tisch", "mit Hut", "in der Stadt", "mit Brille", "im Garten", "neben einer Mauer", "zu Hause",
           "mit großen Augen", "im Regen", "im Wind", "auf einem Hügel", "von oben", "am Morgen", "am Fluss",
           "in den Bergen", "im Frühling", "auf der Straße", "mit Freunden"],
}
SCENES = {  # a place that names a background colour
    "en": {"white": ["in the snow", "in the fog", "in winter", "in the clouds"], "black": ["at night", "in the dark", "in space"],
           "green": ["in the grass", "in the forest", "on a meadow", "in the jungle", "in a field"],
           "blue": ["in the sky", "in the sea", "in the water", "in the ocean", "under water"],
           "yellow": ["in the desert", "on the beach", "in the sand"], "red": ["in the fire", "at sunset"],
           "pink": ["at dawn"], "purple": ["at dusk"]},
    "de": {"white": ["im Schnee", "im Nebel", "im Winter", "in den Wolken"], "black": ["bei Nacht", "in der Nacht", "im Dunkeln", "im Weltall"],
           "green": ["im Gras", "im Wald", "auf einer Wiese", "im Dschungel", "auf dem Feld"],
           "blue": ["im Himmel", "am Himmel", "im Meer", "im Wasser", "im See"],
           "yellow": ["in der Wüste", "am Strand", "im Sand"], "red": ["im Feuer", "bei Sonnenuntergang"],
           "pink": ["im Morgenrot"], "purple": ["in der Dämmerung"]},
}
TAILS = {
    "en": ["highly detailed", "4k", "8k", "masterpiece", "digital art", "centered", "best quality", "illustration",
           "sharp focus", "studio light", "oil painting", "cinematic", "watercolor", "trending", "photorealistic"],
    "de": ["sehr detailliert", "4k", "Meisterwerk", "hohe Qualität", "scharf", "Illustration", "Studiolicht",
           "Ölgemälde", "zentriert", "digitale Kunst"],
}
LOOK_WORDS = {
    "en": {"plain": ["plain", "simple", "emoji"], "flat": ["flat", "flat icon", "flat design", "flat style"],
           "3d": ["3d", "3d render", "3d style"], "bw": ["black and white", "monochrome", "black & white", "grayscale"],
           "pixel": ["pixel art", "8-bit pixel art", "pixelated", "8-bit"]},
    "de": {"plain": ["schlicht", "einfach", "Emoji"], "flat": ["flach", "flaches Symbol", "flacher Stil"],
           "3d": ["3D", "3D-Bild", "in 3D"], "bw": ["schwarzweiß", "schwarz-weiß", "einfarbig", "Graustufen"],
           "pixel": ["Pixelkunst", "Pixelbild", "verpixelt", "Pixel-Art"]},
}
ARTICLES = {"m": ["ein", "ein", "einen", "der", "einem"], "f": ["eine", "eine", "die", "einer"], "n": ["ein", "ein", "das", "einem"]}
ENDINGS = {"m": ["er", "er", "en"], "f": ["e"], "n": ["es", "es", "en"]}


def gibberish(rng):
    """A word the model cannot know."""
    return "".join(rng.choice("aeiou" if k % 2 else "bcdfghklmnprstvwz") for k in range(rng.randint(3, 8)))


def inflected(stem, ending):
    """German adjective: «rot» + «er»; «lila», «rosa» and «orange» stay as they are."""
    stem = {"dunkel": "dunkl"}.get(stem, stem)
    return stem if stem in ("lila", "rosa", "orange") else stem + ending


def english_noun(concept, adjectives, rng):
    words = adjectives + [rng.choice(CONCEPTS[concept]["en"][:1] * 2 + CONCEPTS[concept]["en"])]
    article = rng.choice(["a", "a", "a", "the", "one", "my", ""])
    if article == "a" and words[0][0] in "aeiou":
        article = "an"
    return " ".join([article] * bool(article) + words)


def german_noun(concept, adjectives, rng):
    noun, gender = rng.choice(CONCEPTS[concept]["de"][:1] * 2 + CONCEPTS[concept]["de"])
    ending = rng.choice(ENDINGS[gender])
    article = rng.choice(ARTICLES[gender] + ["", ""])
    return " ".join([article] * bool(article) + [inflected(a, ending) for a in adjectives] + [noun])


def background(colour, language, rng):
    """Words that name a background colour. A leading comma is glued to the words before it."""
    if rng.random() < 0.2:
        return rng.choice(SCENES[language][colour])
    if language == "en":
        return rng.choice([f"on a {colour} background", f"on a {colour} background", f", {colour} background",
                           f"on {colour}", f"with a {colour} background", f"in front of a {colour} background",
                           f"against {colour}", f"in front of {colour}", f"on {colour} ground"])
    stem = COLOURS[colour][1]
    dative, nominative = inflected(stem, "em"), inflected(stem, "er")
    return rng.choice([f"auf {dative} Hintergrund", f"auf {dative} Grund", f"vor {dative} Hintergrund",
                       f", {nominative} Hintergrund", f"mit {dative} Hintergrund", f"auf {stem}", f"vor {stem}"])


def caption(subject, rng, language=None):
    """A caption for a subject. In one of seven the colour is not named, in one of five filler words abound."""
    language = language or ("de" if rng.random() < GERMAN_SHARE else "en")
    noun_of = english_noun if language == "en" else german_noun
    colour = COLOUR_NAMES[subject.colour]
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

    text = noun_of(subject.concept, adjectives, rng)
    if rng.random() < (0.5 if wordy else 0.08):
        text = f"{rng.choice(OPENINGS[language])} {text}"
    if rng.random() < 0.04:  # the first thing named is the one drawn
        joint = rng.choice(["and", "with"] if language == "en" else ["und", "mit"])
        text = f"{text} {joint} {noun_of(rng.randrange(len(CONCEPTS)), [], rng)}"
    parts = [text]
    if wordy and rng.random() < 0.35:
        parts.append(rng.choice(PLACES[language]))
    if rng.random() < 6 / 7:
        parts.append(background(colour, language, rng))
    if rng.random() < (0.5 if wordy else 0.04):
        parts.append(", " + rng.choice(TAILS[language]) + (f", {rng.choice(TAILS[language])}" if rng.random() < 0.4 else ""))
    if rng.random() < 0.02:
        parts.append(gibberish(rng))
    if look != "plain" or rng.random() < 0.12:
        word = rng.choice(LOOK_WORDS[language][look])
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
    pools = TAILS[language] + ADJECTIVES[language] + PLACES[language]
    return ", ".join(rng.choice(pools) if rng.random() < 0.8 else gibberish(rng) for _ in range(rng.randint(1, 4)))


def plain_caption(subject, language="en"):
    """The one caption that names everything in the simplest way."""
    look = LOOK_NAMES[subject.look]
    tail = "" if look == "plain" else f", {LOOK_WORDS[language][look][0]}"
    colour = COLOUR_NAMES[subject.colour]
    if language == "en":
        noun = CONCEPTS[subject.concept]["en"][0]
        return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun} on a {colour} background{tail}"
    noun, gender = CONCEPTS[subject.concept]["de"][0]
    return f"{ARTICLES[gender][0]} {noun} auf {inflected(COLOURS[colour][1], 'em')} Hintergrund{tail}"
