import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fold } from '#core/vocabulary-forms.ts';
import { indexOf } from '#core/vocabulary-index.ts';
import { misspelt } from '#core/vocabulary-spelling.ts';
import type { Language } from '#core/types.ts';
import { parseManifest, toModelInfo } from '#src/weights/manifest.ts';

const manifest = join(import.meta.dirname, '..', '..', 'models', 'embedded', 'blitzbild.json');
const { vocabulary } = toModelInfo(parseManifest(JSON.parse(readFileSync(manifest, 'utf8'))));
const index = indexOf(vocabulary ?? assert.fail('the embedded model has no vocabulary'));

const meant = (word: string, language: Language): string | undefined => {
  const meaning = misspelt(word, index, language);
  return meaning?.kind === 'thing' ? meaning.thing.en[0] : meaning?.near.map(({ en }) => en[0]).join(', ');
};

/** Common things that the embedded model does not know, each near one of its hundreds of names. */
const unknown: Readonly<Record<Language, string>> = {
  en: `wall rate handle racket pocket casket button mutton mortar carton horde course limb card cord chord carol barrel sailor tailor
    player prayer cable leader planer planter painter pointer counter county country fountain certain prison poison market hamper timber
    member cradle towel trowel throat threat stair heir bill pill pile string script cement magnet error barrow marrow thread puddle paddle
    saddle drama comma ticket thicket bracket factor swamp stump stapler easel mop bow cannon money`,
  de: `schweiz kaennchen kaeuzchen robe bürger hüter töpfer blei erbe keil kiel seil nadel nabel kabel segel siegel bügel tafel zipfel kugel
    orgel posaune becken schlacht schall schanze schwanz kasse klasse kammer zimmer trümmer nummer kanone kante karosse kurve rasen rente sand
    brand wand bund fund pfund form bürste borste brust frist fürst forst durst mandel muster kutter pater leier leder ruder bruder puder
    sprudel kanzel kompass locher staffelei krug harke bogen mauer kutsche rutsche schaukel wippe tapete signal ballett balkon melodie patrone
    geländer kalender sender ordner gärtner rentner`,
};

const typos: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: {
    foxx: 'fox',
    foxxes: 'fox',
    ofx: 'fox',
    tiegr: 'tiger',
    rabit: 'rabbit',
    snial: 'snail',
    pengin: 'penguin',
    elephnat: 'elephant',
    elefnat: 'elephant',
    elephent: 'elephant',
    buterfly: 'butterfly',
    butterfli: 'butterfly',
    mushrom: 'mushroom',
    strawbery: 'strawberry',
    pinapple: 'pineapple',
    hamberger: 'hamburger',
    carott: 'carrot',
  },
  de: {
    fucsh: 'fox',
    lowe: 'lion',
    elephannt: 'elephant',
    schmeterling: 'butterfly',
    schmaetterling: 'butterfly',
    pingiun: 'penguin',
    marienkefer: 'ladybug',
    schildkröhte: 'turtle',
    erdbere: 'strawberry',
    bananne: 'banana',
    raketten: 'rocket',
    einhron: 'unicorn',
    flugzueg: 'airplane',
    schnekce: 'snail',
  },
};

for (const language of ['en', 'de'] as const) {
  describe(`spelling, ${language}`, () => {
    for (const [typed, thing] of Object.entries(typos[language])) {
      test(`${typed} is a slip of the pen`, () => assert.equal(meant(fold(typed), language), thing));
    }

    test('words that are only spelled like a name are left alone', () => {
      const words = unknown[language].split(/\s+/u).map(fold);
      assert.ok(words.length > 60);
      const taken = words.flatMap((word) => (meant(word, language) === undefined ? [] : [`${word}: ${meant(word, language)}`]));
      assert.deepEqual(taken, []);
    });
  });
}
