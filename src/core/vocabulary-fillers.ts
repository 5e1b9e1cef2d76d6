/**
 * Words of a prompt that name no thing: what holds a sentence together, what things are like, what pictures are like.
 * They are looked up folded, see `fold`; German ones without their endings, see `germanAdjectiveStems`.
 */
import { foldedWords, germanAdjectiveStems } from '#core/vocabulary-forms.ts';
import type { Language } from '#core/types.ts';

/** They tell the language, and no noun stands right before one: «an orange on a plate». */
const functionLists: Readonly<Record<Language, string>> = {
  en: `a an the and or but with without of for to from by at in as is are was were be been being it its this that these those there here
    he she they we you i me my mine your yours his her hers their our us them him who which what where when while
    into onto over under near behind beside between above below through across around against inside outside next front top toward towards
    one two three four five six seven eight nine ten some many few several both all every each any no not
    having has have had do does doing can could will would should may might must
    very too so just only also again then than more most less like up down out off on`,
  de: `ein eine einen einem einer eines kein keine der die das den dem des und oder aber mit ohne von vom fuer zu zum zur aus bei beim nach
    auf ueber unter neben hinter vor vorm zwischen durch gegen um bis seit waehrend im ins am ans auf in an
    ist sind war waren sein wird werden wurde es er sie wir ihr ich du mich dich uns euch ihnen mein meine meinen meinem meiner meines dein deine deinen deinem deiner deines
    seine seinen seinem seiner seines ihre ihren ihrem ihrer ihres unser unsere unseren unserem unserer euer eure euren
    diese dieser dieses jene jener welche welcher wer wo wie wenn als dass weil da dort hier
    zwei drei vier fuenf sechs sieben acht neun zehn einige viele wenige mehrere beide alle jede jeder jedes
    hat habe haben hatte kann koennen soll sollte will moechte mag darf
    sehr zu so nur auch noch wieder dann mehr am meisten weniger nicht etwas oben unten links rechts vorne hinten`,
};

/** They stand behind the adjective that is a background: «orange background». */
const groundList = `background backdrop ground surface colour color tone tones hintergrund grund untergrund farbe farben ton toene`;

const likenessLists: Readonly<Record<Language, string>> = {
  en: `photo photos photograph photography picture pictures image images drawing drawings painting paintings portrait illustration illustrations
    icon icons emoji sticker logo poster sketch render rendering artwork art style look scene view shot closeup close detail details wallpaper
    cartoon comic anime manga vector clipart clip digital oil acrylic ink pencil watercolor watercolour pixel flat minimal minimalist
    draw paint show make create generate give want please see look looking
    red blue green yellow purple violet white black pink orange grey gray brown beige gold golden silver turquoise teal cyan magenta navy lilac cream
    colourful colorful multicolored multicoloured monochrome rainbowcoloured pale bright vivid pastel dark light
    big small large little tiny huge giant enormous gigantic massive mini tall short long wide thin thick fat slim round square oval flat deep high low
    cute beautiful pretty lovely nice sweet funny happy sad angry mad crazy silly cool great good best better bad ugly scary creepy spooky evil friendly
    old young new ancient modern retro vintage futuristic medieval classic antique baby adult fresh rotten ripe wild tame
    fluffy furry hairy soft hard shiny glossy matte smooth rough wooden metallic golden glass plastic paper stone steel iron wet dry hot cold warm
    frozen icy snowy rainy sunny cloudy stormy foggy windy starry magic magical mystic mysterious fantastic fantasy epic heroic brave
    sitting standing lying sleeping running walking jumping flying swimming eating drinking playing dancing singing smiling laughing crying
    reading writing holding wearing riding driving looking waiting working fighting hiding climbing burning glowing shining floating falling
    sits stands sleeps runs walks jumps flies swims eats drinks plays dances sings smiles
    wears rides drives wearing dressed made full half open closed broken empty alone together lonely
    realistic photorealistic hyperrealistic detailed highly intricate cinematic dramatic centered centred isolated simple plain
    quality masterpiece resolution sharp focus bokeh lighting studio trending artstation unreal octane
    calm quiet late early tired lazy busy
    4k 8k hd uhd 3d 2d left right middle center centre corner side side back morning evening noon day night winter summer spring autumn
    slightly really extremely super ultra thing things something anything stuff kind type sort piece pair group bunch couple lot lots
    time world place way made type number name word words text test hello hi please thanks`,
  de: `foto fotos fotografie bild bilder abbildung zeichnung zeichnungen gemaelde portraet portrait illustration illustrationen symbol symbole
    emoji aufkleber logo plakat skizze grafik kunst stil szene ansicht aufnahme nahaufnahme detail details hintergrundbild
    cartoon comic vektor digital oel acryl tusche bleistift aquarell pixel pixelkunst flach
    zeichne male zeig zeige mach mache erstelle gib moechte bitte sehen mal
    rot blau gruen gelb lila violett weiss schwarz rosa pink orange grau braun beige gold golden silber silbern tuerkis
    bunt farbig farbenfroh einfarbig blass hell dunkel dunkl leuchtend grell schwarzweiss knallrot hellblau dunkelblau hellgruen dunkelgruen
    gross klein riesig winzig riesengross gigantisch hoch hoh lang kurz breit duenn dick schmal rund eckig flach tief mini
    suess schoen huebsch nett lieb lustig froehlich gluecklich traurig wuetend boese verrueckt cool toll gut best besser schlecht haesslich gruselig
    unheimlich freundlich niedlich alt jung neu uralt antik modern retro futuristisch mittelalterlich klassisch frisch reif wild zahm
    flauschig pelzig haarig weich hart glaenzend matt glatt rau hoelzern metallisch nass trocken heiss kalt warm
    gefroren eisig verschneit verregnet sonnig wolkig stuermisch neblig windig magisch mystisch geheimnisvoll fantastisch episch mutig tapfer
    sitzend stehend liegend schlafend laufend rennend gehend springend fliegend schwimmend essend trinkend spielend tanzend singend lachend
    laechelnd weinend lesend haltend tragend reitend fahrend schauend wartend arbeitend kaempfend brennend gluehend schwebend fallend
    sitzt steht liegt schlaeft laeuft rennt geht springt fliegt schwimmt isst frisst trinkt spielt tanzt singt lacht laechelt weint liest
    haelt traegt reitet faehrt schaut wartet arbeitet brennt leuchtet schwebt faellt sitzen stehen liegen fliegen spielen
    gekleidet gemacht voll halb offen geschlossen kaputt leer allein zusammen einsam
    realistisch fotorealistisch detailliert filmisch dramatisch zentriert freigestellt einfach schlicht
    qualitaet meisterwerk aufloesung scharf fokus studio studiolicht beleuchtung licht
    ruhig still spaet frueh muede faul zuhause daheim
    links rechts mitte ecke seite rand morgen morgens abend abends mittag tag nacht winter sommer fruehling herbst
    etwas wirklich ganz besonders extrem super ding dinge sache sachen art sorte stueck paar gruppe haufen
    zeit welt ort platz weg name wort woerter text test hallo danke bitte`,
};

/** Of several words. They name a thing that is not meant: at home is no house. */
export const fillerPhrases: ReadonlySet<string> = new Set(['at home', 'zu hause', 'nach hause']);
/** Words of the longest of them. */
export const longestPhrase = 2;

const setOf = (list: string): ReadonlySet<string> => new Set(foldedWords(list));

export const functionWords: Readonly<Record<Language, ReadonlySet<string>>> = { en: setOf(functionLists.en), de: setOf(functionLists.de) };

export const groundWords = setOf(groundList);

const likenessWords: Readonly<Record<Language, ReadonlySet<string>>> = { en: setOf(likenessLists.en), de: setOf(likenessLists.de) };

/** What a thing or a picture is like, such as `red`, `rotem`, `sitting`. */
export const isLikeness = (word: string, language: Language): boolean =>
  likenessWords[language].has(word) || (language === 'de' && germanAdjectiveStems(word).some((stem) => likenessWords.de.has(stem)));

export const isFiller = (word: string, language: Language): boolean =>
  functionWords[language].has(word) || groundWords.has(word) || isLikeness(word, language);
