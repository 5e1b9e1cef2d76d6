import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { exampleThings, nearestThings, thingsIn, unknownSubject } from '#core/vocabulary.ts';
import type { Language } from '#core/types.ts';
import type { ModelInfo, Thing, Vocabulary } from '#core/model-info.ts';
import { parseManifest, toModelInfo } from '#src/weights/manifest.ts';
import { smallModel, turboModel } from './sample.ts';

const models = join(import.meta.dirname, '..', '..', 'models');
const embedded = toModelInfo(parseManifest(JSON.parse(readFileSync(join(models, 'embedded', 'blitzbild.json'), 'utf8'))));

/** Names in pairs, as a vocabulary lists them. */
const thing = (en: string, de: string, group = 'animals'): Thing => ({ en: en.split(', '), de: de.split(', '), group });

const vocabulary: Vocabulary = {
  things: [
    thing('fox, vixen', 'Fuchs, Füchsin'),
    thing('cat, kitten', 'Katze, Kater, Kätzchen'),
    thing('dog, puppy', 'Hund, Welpe'),
    thing('wolf', 'Wolf'),
    thing('bear', 'Bär'),
    thing('mouse', 'Maus'),
    thing('chicken, hen', 'Huhn, Henne'),
    thing('monkey', 'Affe'),
    thing('elephant', 'Elefant'),
    thing('pig', 'Schwein'),
    thing('cow', 'Kuh'),
    thing('bird', 'Vogel'),
    thing('whale', 'Wal'),
    thing('bee', 'Biene'),
    thing('butterfly', 'Schmetterling'),
    thing('octopus', 'Krake, Oktopus'),
    thing('dinosaur, t-rex', 'Dinosaurier, T-Rex'),
    thing('cactus', 'Kaktus', 'plants'),
    thing('rose', 'Rose', 'plants'),
    thing('tree', 'Baum', 'plants'),
    thing('apple', 'Apfel', 'food'),
    thing('lemon', 'Zitrone', 'food'),
    thing('cherries, cherry', 'Kirschen, Kirsche', 'food'),
    thing('ice cream', 'Eis', 'food'),
    thing('hot dog', 'Hotdog', 'food'),
    thing('cup of coffee, coffee', 'Tasse Kaffee, Kaffee', 'food'),
    thing('egg', 'Ei', 'food'),
    thing('wine', 'Wein', 'food'),
    thing('house, home', 'Haus, Häuschen', 'places'),
    thing('airplane, plane', 'Flugzeug', 'places'),
    thing('castle', 'Schloss, Burg', 'places'),
    thing('car', 'Auto, Wagen', 'places'),
    thing('ufo, flying saucer', 'Ufo, fliegende Untertasse', 'places'),
    thing('books, book', 'Bücher, Buch', 'things'),
    thing('pencil', 'Bleistift', 'things'),
    thing('guitar', 'Gitarre', 'things'),
    thing('crown', 'Krone', 'things'),
    thing('shoe, sneaker', 'Schuh', 'things'),
    thing('snowman', 'Schneemann', 'things'),
    thing('sun', 'Sonne', 'things'),
    thing('top hat, hat', 'Zylinder, Hut', 'things'),
    { ...thing('bed', 'Bett', 'things'), forms: { en: ['beds'], de: ['Betten'] } },
    thing('pumpkin, jack-o’-lantern', 'Kürbis', 'things'),
  ],
  groups: {
    animals: { en: 'Animals', de: 'Tiere' },
    plants: { en: 'Plants', de: 'Pflanzen' },
    food: { en: 'Food', de: 'Essen' },
    places: { en: 'Places', de: 'Orte' },
    things: { en: 'Things', de: 'Dinge' },
  },
  backgrounds: [
    { en: ['red'], de: ['rot'] },
    { en: ['blue'], de: ['blau'] },
    { en: ['orange'], de: ['orange'] },
    { en: ['in the snow', 'snow'], de: ['im Schnee', 'Schnee'] },
    { en: ['at sunset', 'in the evening sun'], de: ['bei Sonnenuntergang', 'in der Abendsonne'] },
    { en: ['in the forest', 'among trees'], de: ['im Wald', 'zwischen Bäumen'] },
  ],
  styles: [
    { en: ['pencil sketch', 'pencil drawing', 'pencil'], de: ['Bleistiftskizze', 'Bleistift'] },
    { en: ['pixel art'], de: ['Pixelkunst', 'Pixel-Art'] },
    { en: ['flat'], de: ['flach'] },
  ],
  places: [
    { en: ['on the left', 'on the left side'], de: ['links', 'auf der linken Seite'] },
    { en: ['tiny', 'in the distance'], de: ['winzig', 'in der Ferne'] },
  ],
  related: [
    { en: ['hippo', 'hippopotamus'], de: ['Nilpferd', 'Flusspferd'], near: ['elephant', 'pig', 'cow'] },
    { en: ['kraken', 'rhino'], de: ['Nashorn'], near: ['elephant', 'cow', 'pig'] },
    { en: ['guinea pig', 'hamster'], de: ['Meerschweinchen', 'Hamster'], near: ['mouse', 'pig', 'cat'] },
    { en: ['polar bear'], de: ['Eisbär'], near: ['bear', 'wolf', 'snowman'] },
    { en: ['orange', 'grapefruit'], de: ['Orange', 'Apfelsine'], near: ['lemon', 'apple', 'cherries'] },
    { en: ['hut', 'building', 'skyscraper'], de: ['Hütte', 'Gebäude', 'Hochhaus'], near: ['house', 'castle', 'tree'] },
    { en: ['beech'], de: ['Buche'], near: ['tree', 'rose', 'cactus'] },
    { en: ['animal', 'pet'], de: ['Tier', 'Haustier'], near: ['cat', 'dog', 'fox'] },
    { en: ['bread roll'], de: ['Brötchen'], near: ['egg', 'apple', 'ice cream'] },
    { en: ['rooster', 'cock'], de: ['Hahn'], near: ['chicken', 'bird', 'pig'] },
    { en: ['swan'], de: ['Schwan'], near: ['bird', 'chicken', 'whale'] },
    { en: ['deer'], de: ['Hirsch'], near: ['cow', 'wolf', 'fox'] },
    { en: ['jackal'], de: ['Schakal'], near: ['fox', 'wolf', 'dog'] },
  ],
};

const known = (prompt: string, language: Language = 'en'): readonly (string | undefined)[] =>
  thingsIn(prompt, vocabulary, language).map(({ en }) => en[0]);
const near = (prompt: string, language: Language = 'en'): string =>
  nearestThings(prompt, vocabulary, language)
    .map((found) => found[language][0])
    .join(', ');

describe('a prompt that names a thing', () => {
  const prompts: readonly (readonly [prompt: string, ...things: string[]])[] = [
    ['fox', 'fox'],
    ['A RED FOX!', 'fox'],
    ['two foxes in the snow', 'fox'],
    ['the fox’s den, pixel art', 'fox'],
    ['wolves and mice', 'wolf', 'mouse'],
    ['puppies', 'dog'],
    ['cherry on a cake', 'cherries'],
    ['three butterflies', 'butterfly'],
    ['octopi', 'octopus'],
    ['cactuses, flat', 'cactus'],
    ['a T-Rex', 'dinosaur'],
    ['a t rex', 'dinosaur'],
    ['ice-cream', 'ice cream'],
    ['icecream', 'ice cream'],
    ['two cups of coffee', 'cup of coffee'],
    ['a snow man', 'snowman'],
    ['jack-o’-lanterns', 'pumpkin'],
    ["jack-o'-lantern", 'pumpkin'],
    ['hot dogs', 'hot dog'],
    ['a house on a hill under the sun', 'house', 'sun'],
    ['Ein roter Fuchs', 'fox'],
    ['zwei Füchse', 'fox'],
    ['zwei Fuechse', 'fox'],
    ['Äpfel', 'apple'],
    ['AEPFEL', 'apple'],
    ['die Ohren eines Hundes', 'dog'],
    ['viele Katzen', 'cat'],
    ['den Bären', 'bear'],
    ['Bärchen', 'bear'],
    ['Mäuse und Kühe', 'mouse', 'cow'],
    ['ein Vögelein', 'bird'],
    ['Wale im Meer', 'whale'],
    ['Häuser', 'house'],
    ['des Schlosses', 'castle'],
    ['Schlösser', 'castle'],
    ['Autos', 'car'],
    ['Kakteen', 'cactus'],
    ['Kürbisse', 'pumpkin'],
    ['Eier', 'egg'],
    ['Betten', 'bed'],
    ['Krähe mit Hüten', 'top hat'],
    ['zwei Tassen Kaffee', 'cup of coffee'],
    ['fliegende Untertassen', 'ufo'],
    ['eine FLIEGENDE UNTERTASSE bei Sonnenuntergang', 'ufo'],
    ['Buecher', 'books'],
    ['a Fuchs', 'fox'],
    ['ein cooler dinosaur', 'dinosaur'],
    ['ein roter Bleistift auf dem Tisch', 'pencil'],
    ['a pencil', 'pencil'],
    ['pencil, blue background', 'pencil'],
    ['ein Hut', 'top hat'],
    ['zwei Kraken', 'octopus'],
    ['zwei Betten', 'bed'],
    ['ein Bettchen', 'bed'],
    ['a home on a hill', 'house'],
    ['a tiny fox on the left side', 'fox'],
    ['a (red:1.3) (((fox:1,2))) in [snow]', 'fox'],
    ['(ice:1.2) [cream]', 'ice cream'],
    ['a cat BREAK (an apple: +.5 )', 'cat', 'apple'],
    [String.raw`a snow \(man\)`],
    ['(16:9) (fox:abc)', 'fox'],
  ];
  for (const [prompt, ...things] of prompts) test(prompt, () => assert.deepEqual(known(prompt), things));

  test('an umlaut may also come in two parts', () => assert.deepEqual(known('Äpfel'.normalize('NFD')), ['apple']));
});

describe('what is near a prompt that names none', () => {
  const prompts: readonly (readonly [language: Language, prompt: string, nearest: string])[] = [
    // By meaning.
    ['en', 'a hippo', 'elephant, pig, cow'],
    ['en', 'hippos in the forest', 'elephant, pig, cow'],
    ['de', 'ein Nilpferd im Schnee', 'Elefant, Schwein, Kuh'],
    ['de', 'zwei Flusspferde', 'Elefant, Schwein, Kuh'],
    ['de', 'ein Tier', 'Katze, Hund, Fuchs'],
    ['en', 'a hippo and a hamster', 'elephant, mouse, pig'],
    ['en', 'a skyscraper at sunset', 'house, castle, tree'],
    // By the last part of a compound.
    ['de', 'ein Polarfuchs', 'Fuchs, Hund, Wolf'],
    ['de', 'Hauskatze', 'Katze, Fuchs, Hund'],
    ['de', 'Stofftiere', 'Katze, Hund, Fuchs'],
    ['de', 'Vanilleeis', 'Eis, Apfel, Ei'],
    ['de', 'Apfeleis', 'Eis, Apfel, Ei'],
    // By its beginning, where the end says nothing.
    ['de', 'Pixelkunstwerk', ''],
    ['de', 'Elefantenrennen', 'Elefant, Schwein, Kuh'],
    ['en', 'lemonworld', 'lemon, apple, cherries'],
    // By spelling.
    ['en', 'foxx', 'fox, dog, wolf'],
    ['en', 'an elephent', 'elephant, pig, cow'],
    ['en', 'buterflies', 'butterfly, fox, cat'],
    ['de', 'Schmeterling', 'Schmetterling, Fuchs, Katze'],
    ['de', 'ein Nashron', 'Elefant, Kuh, Schwein'],
    ['en', 'ofx', 'fox, dog, wolf'],
    ['en', 'a gutair', 'guitar, books, pencil'],
    ['en', 'an elefnat', 'elephant, pig, cow'],
    ['de', 'Schmätterling', 'Schmetterling, Fuchs, Katze'],
    ['de', 'Gitare', 'Gitarre, Bücher, Bleistift'],
    ['de', 'octapus', 'Krake, Fuchs, Katze'],
    // A longer name hides a known one.
    ['en', 'a guinea pig', 'mouse, pig, cat'],
    ['en', 'a polar bear', 'bear, wolf, snowman'],
    ['de', 'ein Eisbär', 'Bär, Wolf, Schneemann'],
    ['de', 'Meerschweinchen', 'Maus, Schwein, Katze'],
    // False friends: words of the other language, forms of no noun, parts of words, colours, styles and scenes.
    ['en', 'a small hut in the mountains', 'house, castle, tree'],
    ['de', 'ein Nashorn hat Flügel', 'Elefant, Kuh, Schwein'],
    ['de', 'eine Buche', 'Baum, Rose, Kaktus'],
    ['de', 'zwei Brötchen', 'Ei, Apfel, Eis'],
    ['de', 'Eisen', ''],
    ['de', 'Reis', ''],
    ['en', 'a better picture', ''],
    ['en', 'wales', ''],
    ['en', 'an orange hippo', 'elephant, pig, cow'],
    ['en', 'a hippo on an orange background', 'elephant, pig, cow'],
    ['en', 'a hippo, orange', 'elephant, pig, cow'],
    ['en', 'an orange on a plate', 'lemon, apple, cherries'],
    ['de', 'eine Orange', 'Zitrone, Apfel, Kirschen'],
    ['en', 'a hippo, pencil', 'elephant, pig, cow'],
    ['en', 'pencil drawing of a hippo', 'elephant, pig, cow'],
    ['en', 'a hippo in the evening sun', 'elephant, pig, cow'],
    ['de', 'ein Nilpferd zwischen Bäumen', 'Elefant, Schwein, Kuh'],
    // Words that are only spelled like a name.
    ['en', 'a clock', ''],
    ['en', 'a clown', ''],
    ['en', 'a planet', ''],
    ['en', 'money', ''],
    ['en', 'a speaker', ''],
    ['en', 'a wall', ''],
    ['de', 'die Schweiz', ''],
    ['de', 'der Schwanz', ''],
    ['de', 'ein Häschen', ''],
    ['de', 'ein Fähnchen', ''],
    // Forms that only look like plurals, a listed thing's other than the given ones, a home that is no house.
    ['de', 'zwei Bürger', ''],
    ['de', 'der Hüter', ''],
    ['de', 'die Bette', ''],
    ['en', 'a hippo at home', 'elephant, pig, cow'],
    ['de', 'ein Nilpferd zu Hause', 'Elefant, Schwein, Kuh'],
    ['de', 'ein Nilpferd geht nach Hause', 'Elefant, Schwein, Kuh'],
    // Place and size.
    ['en', 'a hippo on the left side, in the distance', 'elephant, pig, cow'],
    ['en', 'tiny', ''],
    ['de', 'ein winziges Nilpferd auf der linken Seite, in der Ferne', 'Elefant, Schwein, Kuh'],
    // Nothing to go by.
    ['en', 'blue background, pixel art, highly detailed, 4k', ''],
    ['de', 'ein schönes Bild mit rotem Hintergrund', ''],
    ['en', 'the president of france', ''],
    ['en', '🦊', ''],
    ['en', 'лиса', ''],
    ['en', '', ''],
    ['en', '42 --', ''],
  ];
  for (const [language, prompt, nearest] of prompts) {
    test(JSON.stringify(prompt), () => {
      assert.deepEqual(known(prompt, language), []);
      assert.equal(near(prompt, language), nearest);
    });
  }

  test('is found in a text of two thousand characters without holding anybody up', () => {
    const text = 'qwertzu yxcvbnma asdfghjk poiuztre lkjhgfds mnbvcxyw '.repeat(40);
    nearestThings('warm', vocabulary, 'en');
    const startedAt = process.cpuUsage();
    assert.deepEqual(nearestThings(text, vocabulary, 'en'), []);
    const { user, system } = process.cpuUsage(startedAt);
    assert.ok(user + system < 500_000, `${(user + system) / 1000} ms`);
  });
});

describe('what is told', () => {
  const model: ModelInfo = { ...smallModel, vocabulary, examples: { en: ['a red apple', 'a castle in the snow'], de: ['ein Fuchs'] } };
  const tell = (prompt: string, language: Language = 'en', installed = [model]) => unknownSubject(prompt, model, installed, language);

  test('the number of things and the nearest', () =>
    assert.deepEqual(tell('ein Nilpferd', 'de'), { things: vocabulary.things.length, nearest: 'Elefant, Schwein, Kuh' }));

  test('where nothing is near, three that the model draws well', () => {
    assert.deepEqual(tell('quantum mechanics'), { things: vocabulary.things.length, examples: 'apple, castle, fox' });
    assert.equal(exampleThings(model, vocabulary, 'de')[0]?.de[0], 'Fuchs');
  });

  test('nothing where no words were typed, as for a variation of one’s own picture', () => assert.equal(tell(''), undefined));

  test('a larger model where one is installed', () => {
    assert.equal(tell('a hippo', 'en', [model, turboModel])?.larger, 'turbo');
    assert.equal(tell('a hippo', 'en', [model, { ...model, name: 'other' }])?.larger, undefined);
  });

  test('nothing where a thing is named, or the model has no list', () => {
    assert.equal(tell('a fox beside a hippo'), undefined);
    assert.equal(unknownSubject('a hippo', turboModel, [turboModel], 'en'), undefined);
  });
});

describe('the embedded model', () => {
  const own = embedded.vocabulary ?? assert.fail('it has no vocabulary');

  test('knows every one of its names, with its plural or without', () => {
    for (const one of own.things)
      for (const language of ['en', 'de'] as const)
        for (const name of one[language])
          for (const prompt of [name, name.toUpperCase(), language === 'en' ? `a ${name} in the snow` : `${name} auf blauem Grund`])
            assert.ok(thingsIn(prompt, own, language).includes(one), `${language} «${prompt}»`);
  });

  test('knows every name with a weight: (an apple:1.3), [apple]', () => {
    const weighted = (text: string): readonly string[] => [`(${text}:1.3)`, `[${text}]`, `((${text})), (${text}:0,4) auf einem Teller`];
    for (const one of own.things)
      for (const language of ['en', 'de'] as const)
        for (const prompt of one[language].flatMap(weighted))
          assert.deepEqual(thingsIn(prompt, own, language), thingsIn(prompt.replace(/[()[\]]|:[\d.,]+/gu, ''), own, language), prompt);
  });

  test('knows no related word, and each leads to the things it names', () => {
    for (const { near: wanted, ...words } of own.related) {
      for (const language of ['en', 'de'] as const) {
        for (const name of words[language]) {
          assert.deepEqual(thingsIn(name, own, language), [], `${language} «${name}»`);
          const first = nearestThings(name, own, language).slice(0, wanted.length);
          assert.deepEqual(
            first.map(({ en }) => en[0]),
            wanted,
            `${language} «${name}»`,
          );
        }
      }
    }
  });

  test('backgrounds and styles alone name no thing', () => {
    for (const words of [...own.backgrounds, ...own.styles])
      for (const language of ['en', 'de'] as const)
        for (const name of words[language]) {
          const prompt = language === 'en' ? `a hippo, ${name}` : `ein Nilpferd, ${name}`;
          assert.deepEqual(thingsIn(prompt, own, language), [], prompt);
        }
  });

  test('draws what its examples ask for', () => {
    for (const language of ['en', 'de'] as const)
      for (const prompt of embedded.examples[language]) assert.equal(thingsIn(prompt, own, language).length, 1, prompt);
  });
});
