"""Grammatical forms of the nouns: English and German plurals, German cases."""
from subjects import CONCEPTS

# German plurals; nouns that are not here have the same form, or none.
_PLURALS = """Fuchs Füchse|Füchsin Füchsinnen|Löwe Löwen|Katze Katzen|Hund Hunde|Welpe Welpen|Hase Hasen|Koala Koalas|Panda Pandas
Pandabär Pandabären|Schwein Schweine|Kuh Kühe|Maus Mäuse|Frosch Frösche|Affe Affen|Bär Bären|Huhn Hühner|Henne Hennen
Pinguin Pinguine|Eule Eulen|Ente Enten|Vogel Vögel|Schildkröte Schildkröten|Fisch Fische|Wal Wale|Einhorn Einhörner
Elefant Elefanten|Schmetterling Schmetterlinge|Schnecke Schnecken|Biene Bienen|Drache Drachen|Blume Blumen|Blüte Blüten
Tulpe Tulpen|Sonnenblume Sonnenblumen|Rose Rosen|Kaktus Kakteen|Baum Bäume|Laubbaum Laubbäume|Pilz Pilze|Fliegenpilz Fliegenpilze
Apfel Äpfel|Banane Bananen|Erdbeere Erdbeeren|Zitrone Zitronen|Wassermelone Wassermelonen|Melone Melonen|Karotte Karotten
Möhre Möhren|Pizza Pizzen|Donut Donuts|Torte Torten|Tasse Tassen|Haus Häuser|Schloss Schlösser|Burg Burgen|Auto Autos
Rakete Raketen|Raumschiff Raumschiffe|Flugzeug Flugzeuge|Boot Boote|Segelboot Segelboote|Schiff Schiffe|Zug Züge
Lokomotive Lokomotiven|Stern Sterne|Mond Monde|Sonne Sonnen|Herz Herzen|Edelstein Edelsteine|Diamant Diamanten
Schneemann Schneemänner|Krone Kronen|Pferd Pferde|Pony Ponys|Giraffe Giraffen|Wolf Wölfe|Fledermaus Fledermäuse
Krokodil Krokodile|Alligator Alligatoren|Schlange Schlangen|Dino Dinos|Delfin Delfine|Delphin Delphine|Hai Haie|Haifisch Haifische
Krake Kraken|Tintenfisch Tintenfische|Krabbe Krabben|Krebs Krebse|Flamingo Flamingos|Papagei Papageien|Spinne Spinnen
Palme Palmen|Tanne Tannen|Tannenbaum Tannenbäume|Nadelbaum Nadelbäume|Fichte Fichten|Kleeblatt Kleeblätter|Traube Trauben
Kirsche Kirschen|Birne Birnen|Avocado Avocados|Tomate Tomaten|Brot Brote|Brezel Brezeln|Breze Brezen|Spiegelei Spiegeleier|Ei Eier
Hotdog Hotdogs|Cupcake Cupcakes|Muffin Muffins|Bier Biere|Bierkrug Bierkrüge|Wein Weine|Weinglas Weingläser|Bus Busse|Omnibus Omnibusse
Feuerwehrauto Feuerwehrautos|Traktor Traktoren|Fahrrad Fahrräder|Rad Räder|Ufo Ufos|Zelt Zelte|Berg Berge|Vulkan Vulkane
Kirche Kirchen|Kapelle Kapellen|Regenschirm Regenschirme|Schirm Schirme|Gitarre Gitarren|Trommel Trommeln|Buch Bücher
Bücherstapel Bücherstapel|Bleistift Bleistifte|Stift Stifte|Schere Scheren|Hammer Hämmer|Glühbirne Glühbirnen|Lampe Lampen
Kerze Kerzen|Uhr Uhren|Kamera Kameras|Fotoapparat Fotoapparate|Geschenk Geschenke|Luftballon Luftballons|Ballon Ballons
Teddybär Teddybären|Teddy Teddys|Fußball Fußbälle|Ball Bälle|Pokal Pokale|Hut Hüte|Schuh Schuhe|Turnschuh Turnschuhe
Sportschuh Sportschuhe|T-Shirt T-Shirts|Hemd Hemden|Gespenst Gespenster|Geist Geister|Totenkopf Totenköpfe|Wolke Wolken
Regenbogen Regenbögen|Blitz Blitze|Flamme Flammen|Planet Planeten"""
PLURALS = dict(pair.rsplit(" ", 1) for line in _PLURALS.splitlines() for pair in line.split("|"))
WEAK = {"Löwe", "Welpe", "Hase", "Affe", "Bär", "Pandabär", "Teddybär", "Elefant", "Drache", "Krake", "Diamant", "Planet"}

# English nouns that take no article.
BARE = {"grapes", "cherries", "books", "scissors", "fries", "french fries", "chips", "corn", "bread", "cheese", "broccoli", "lightning"}
_ENGLISH = {"fox": "foxes", "wolf": "wolves", "mouse": "mice", "fish": "fish", "goose": "geese", "snowman": "snowmen", "octopus": "octopuses",
            "cherry": "cherries", "strawberry": "strawberries", "butterfly": "butterflies", "lady": "ladies", "puppy": "puppies", "kitty": "kitties",
            "bunny": "bunnies", "pony": "ponies", "cactus": "cacti", "church": "churches", "bus": "buses", "torch": "torches", "teddy": "teddies",
            "vixen": "vixens", "tomato": "tomatoes", "dress": "dresses", "loaf of bread": "loaves of bread", "cup of coffee": "cups of coffee",
            "cup of tea": "cups of tea", "mug of beer": "mugs of beer", "glass of wine": "glasses of wine", "wine glass": "wine glasses",
            "coach": "coaches", "fortress": "fortresses", "slice of pizza": "slices of pizza", "stack of books": "stacks of books",
            "bunch of grapes": "bunches of grapes", "ear of corn": "ears of corn", "gift box": "gift boxes", "blossom": "blossoms"}


def english_article(words):
    return "an" if words[0].lower() in "aeiou" and not words.lower().startswith(("uni", "ufo", "eu", "one")) else "a"


def english_plural(noun):
    return noun if noun in BARE else _ENGLISH.get(noun, noun + "s")


def adjective(stem, ending):
    """«rot» + «er»; «lila», «rosa» and «orange» stay as they are."""
    stem = {"dunkel": "dunkl"}.get(stem, stem)
    return stem if stem in ("lila", "rosa", "orange") else stem + ending


# case and article: gender -> (article, ending of the adjective)
_FORMS = [
    {"m": ("ein", "er"), "f": ("eine", "e"), "n": ("ein", "es"), "p": ("", "e")},           # nominative
    {"m": ("einen", "en"), "f": ("eine", "e"), "n": ("ein", "es"), "p": ("", "e")},         # accusative
    {"m": ("einem", "en"), "f": ("einer", "en"), "n": ("einem", "en"), "p": ("", "en")},    # dative
    {"m": ("der", "e"), "f": ("die", "e"), "n": ("das", "e"), "p": ("die", "en")},
    {"m": ("den", "en"), "f": ("die", "e"), "n": ("das", "e"), "p": ("die", "en")},
    {"m": ("", "er"), "f": ("", "e"), "n": ("", "es"), "p": ("", "e")},
]
_NOMINATIVE = (0, 3, 5)


def german_phrase(concept, adjectives, rng):
    """Article, adjectives and noun of a concept, in agreement; in one of five the plural."""
    noun, gender = rng.choice(CONCEPTS[concept]["de"][:1] * 2 + CONCEPTS[concept]["de"])
    if gender != "p" and noun in PLURALS and rng.random() < 0.2:
        noun, gender = PLURALS[noun], "p"
    form = rng.randrange(len(_FORMS))
    article, ending = _FORMS[form][gender]
    if gender == "p" and form == 0:
        article = rng.choice(["zwei", "drei", "viele", "einige"])
    if gender == "p" and form == 2 and not noun.endswith(("n", "s")):
        noun += "n"
    if noun in WEAK and form not in _NOMINATIVE and gender == "m":
        noun += "n" if noun.endswith("e") else "en"
    return " ".join([article] * bool(article) + [adjective(a, ending) for a in adjectives] + [noun])


def english_phrase(concept, adjectives, rng):
    """Article, adjectives and noun of a concept; in one of five the plural."""
    noun = rng.choice(CONCEPTS[concept]["en"][:1] * 2 + CONCEPTS[concept]["en"])
    if noun in BARE:
        return " ".join([rng.choice(["", "", "some", "the"]), *adjectives, noun]).strip()
    if rng.random() < 0.2:
        return " ".join([rng.choice(["", "two", "three", "some", "many", "the"]), *adjectives, english_plural(noun)]).strip()
    words = " ".join([*adjectives, noun])
    article = rng.choice(["a", "a", "a", "the", "one", "my", ""])
    return f"{english_article(words) if article == 'a' else article} {words}".strip()
