"""Writes blitzbild.json, the manifest that the bot reads beside the Diffusers files.

usage: python manifest.py FOLDER

Its vocabulary says what the model knows, from the tables that the training used; what it does not know, and what comes
nearest, stands in related.json.
"""
import json
import sys
from pathlib import Path

from captions import LOOK_WORDS, PLACE_WORDS, SCENE_WORDS
from inflections import PLURALS, WEAK, english_plural
from subjects import COLOURS, CONCEPTS, LOOK_NAMES, PLACE_NAMES, SCENES

RELATED = json.loads((Path(__file__).parent / "related.json").read_text(encoding="utf-8"))
LANGUAGES = ("en", "de")
# Scenes as nouns; captions name them by phrases such as «in the snow».
SCENE_NOUNS = {"snow": "Schnee", "night": "Nacht", "meadow": "Wiese", "beach": "Strand", "sea": "Meer", "space": "Weltraum",
               "sunset": "Sonnenuntergang", "forest": "Wald"}


# Plurals and cases that no rule makes.
MORE_FORMS = {
    "en": {"cactus": ["cactuses"], "octopus": ["octopi"], "fish": ["fishes"], "grapes": ["grape"], "scissors": ["scissor"],
           "cheese": ["cheeses"], "bread": ["breads"], "trophy": ["trophies"], "volcano": ["volcanoes"], "T-Rex": ["T-Rexes"]},
    "de": {"Halbmond": ["Halbmonde", "Halbmonden"], "Mondsichel": ["Mondsicheln"], "Kürbis": ["Kürbisse", "Kürbissen"],
           "Halloween-Kürbis": ["Halloween-Kürbisse", "Halloween-Kürbissen"], "Oktopus": ["Oktopusse", "Oktopussen"],
           "Feuerwehr": ["Feuerwehren"], "Herz": ["Herzens"], "Tasse Kaffee": ["Tassen Kaffee"], "Laib Brot": ["Laibe Brot"],
           "Glas Wein": ["Gläser Wein"],
           "fliegende Untertasse": ["fliegenden Untertasse", "fliegende Untertassen", "fliegenden Untertassen"]},
}
# Forms that are words of their own: crying.
NO_FORMS = {"Weinen"}


def things():
    """One entry a concept, with every name that captions used for it, and its plurals and cases."""
    group_of = {icon: group["id"] for group in RELATED["groups"] for icon in group["icons"]}
    return [{"en": concept["en"], "de": [name for name, _ in concept["de"]],
             "forms": {"en": forms(concept["en"], english_forms), "de": forms(concept["de"], german_forms)},
             "group": group_of[concept["icon"]]} for concept in CONCEPTS]


def forms(names, forms_of):
    """Every form once, in their order."""
    return list(dict.fromkeys(form for name in names for form in forms_of(name)))


def english_forms(noun):
    return [form for form in [english_plural(noun), *MORE_FORMS["en"].get(noun, [])] if form != noun]


def german_forms(name):
    """Genitive, plural and its dative, and the cases of a weak noun."""
    noun, gender = name
    more = MORE_FORMS["de"].get(noun, [])
    if " " in noun:
        return more
    plural = PLURALS.get(noun, noun)
    found = [plural, *more]
    if plural.endswith(("el", "er")) or plural.endswith("e") and plural != noun:
        found.append(plural + "n")
    if noun in WEAK:
        found.append(noun + ("n" if noun.endswith("e") else "en"))
    elif gender in ("m", "n"):
        found += genitives(noun, plural)
    return [form for form in found if form not in {noun, *NO_FORMS}]


def genitives(noun, plural):
    ending = noun.lower()
    if ending.endswith(("bis", "us")) and not ending.endswith("aus"):
        return [noun + "ses"]
    if ending.endswith(("s", "z", "x", "sch")):
        return [noun + "es"]
    short = ending.endswith(("el", "er", "en", "or", "e", "i", "o", "a", "y")) or plural.endswith("s")
    return [noun + "s"] if short else [noun + "s", noun + "es"]


def backgrounds():
    colours = [{"en": [name, "gray"] if name == "grey" else [name], "de": [stem]} for name, (_, stem) in COLOURS.items()]
    scenes = [{"en": [*SCENE_WORDS["en"][name], name], "de": [*SCENE_WORDS["de"][name], SCENE_NOUNS[name]]} for name in SCENES]
    return colours + scenes


def styles():
    return [{language: LOOK_WORDS[language][look] for language in LANGUAGES} for look in LOOK_NAMES if look in LOOK_WORDS["en"]]


def places():
    """Adjectives first: what is shown of «small» is «small»."""
    return [{language: [word for words in PLACE_WORDS[language][name] for word in words] for language in LANGUAGES}
            for name in PLACE_NAMES if name is not None]


def related():
    name_of = {concept["icon"]: concept["en"][0] for concept in CONCEPTS}
    return [{"en": entry["en"], "de": entry["de"], "near": [name_of[icon] for icon in entry["near"]]} for entry in RELATED["related"]]


def vocabulary():
    return {
        "groups": {group["id"]: {language: group[language] for language in LANGUAGES} for group in RELATED["groups"]},
        "things": things(),
        "backgrounds": backgrounds(),
        "styles": styles(),
        "places": places(),
        "related": related(),
    }


def manifest():
    return {
        "name": "embedded",
        "title": "Embedded: everyday things in seven styles",
        "licence": "Apache-2.0 AND MIT",
        "sizes": [[256, 256]],
        "defaults": {"width": 256, "height": 256, "steps": 6, "guidanceScale": 1.5},
        "hq": {"steps": 20, "guidanceScale": 2, "upscale": 4},
        "maxSteps": 50,
        "negativePrompt": True,
        "promptLanguages": ["en", "de"],
        "examples": {
            "en": ["a fox in the snow, watercolor", "a red apple on a blue background", "a rocket in space, pixel art",
                   "a castle at sunset", "an octopus under water", "a panda on a green background, 3d",
                   "a pumpkin at night, neon", "a lion, pencil sketch"],
            "de": ["ein Fuchs im Schnee, Aquarell", "ein roter Apfel auf blauem Hintergrund", "eine Rakete im Weltall, Pixelkunst",
                   "ein Schloss bei Sonnenuntergang", "ein Krake unter Wasser", "ein Panda auf grünem Hintergrund, 3D",
                   "ein Kürbis bei Nacht, Neon", "ein Löwe, Bleistiftskizze"],
        },
        "vocabulary": vocabulary(),
    }


def one_entry_a_line(value, indent=""):
    """JSON in which an object or list of scalars stands on one line, so that a changed word is a changed line."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    flat = json.dumps(value, ensure_ascii=False)
    # A thing holds lists of names; it is one line all the same.
    if not inner or len(indent) >= 6 or (len(flat) < 100 and not any(isinstance(v, dict) for v in inner)):
        return flat
    deeper = indent + "  "
    if isinstance(value, dict):
        lines = [f"{deeper}{json.dumps(key)}: {one_entry_a_line(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + one_entry_a_line(item, deeper) for item in value) + f"\n{indent}]"


if __name__ == "__main__":
    (Path(sys.argv[1]) / "blitzbild.json").write_text(one_entry_a_line(manifest()) + "\n", encoding="utf-8")
