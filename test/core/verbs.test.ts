/** Every verb in both languages, and prompts that only begin like one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultPrefixes, parseMessage, type Command } from '#core/command.ts';
import { plainLetters } from '#core/plain-letters.ts';
import { languages } from '#core/types.ts';
import { verbNames, verbRow } from '#core/verbs.ts';
import { commandIn, drawIn, parse, problemIn } from './sample.ts';

const bare = { options: {}, places: {} } as const;
const A2 = { row: 0, column: 1 } as const;
const B3 = { row: 1, column: 2 } as const;

describe('verbs with what follows them', () => {
  const cases: readonly (readonly [string, object])[] = [
    // Pictures
    ['vary B3', { kind: 'vary', cell: B3, ...bare }],
    ['variieren k7f3/A2', { kind: 'vary', job: 'k7f3', cell: A2, ...bare }],
    ['variante', { kind: 'vary', ...bare }],
    ['up', { kind: 'upscale' }],
    ['up B3 x4', { kind: 'upscale', cell: B3, factor: 4 }],
    ['up x2 k7f3/A2', { kind: 'upscale', job: 'k7f3', cell: A2, factor: 2 }],
    ['up 8', { kind: 'upscale', factor: 8 }],
    ['hoch B3 4x', { kind: 'upscale', cell: B3, factor: 4 }],
    ['vergrößern ×2', { kind: 'upscale', factor: 2 }],
    ['vergrößern 4-fach', { kind: 'upscale', factor: 4 }],
    ['Hoch!', { kind: 'upscale' }],
    ['fix B3', { kind: 'enhance', cell: B3 }],
    ['fix', { kind: 'enhance' }],
    ['optimise k7f3 a2', { kind: 'enhance', job: 'k7f3', cell: A2 }],
    ['verbessern B3.', { kind: 'enhance', cell: B3 }],
    ['info', { kind: 'info' }],
    ['infos k7f3/A2', { kind: 'info', job: 'k7f3', cell: A2 }],
    ['verify', { kind: 'verify' }],
    ['verify k7f3/A2', { kind: 'verify', job: 'k7f3', cell: A2 }],
    ['echtheit B3', { kind: 'verify', cell: B3 }],
    ['verifizieren k7f3', { kind: 'verify', job: 'k7f3' }],
    ['marks', { kind: 'marks' }],
    ['kennzeichen', { kind: 'marks' }],
    ['marks watermark off', { kind: 'marks', change: { layer: 'watermark', on: false } }],
    ['kennzeichen wasserzeichen an', { kind: 'marks', change: { layer: 'watermark', on: true } }],
    ['kennzeichen manifest aus', { kind: 'marks', change: { layer: 'manifest', on: false } }],
    ['marks prompt on', { kind: 'marks', change: { layer: 'prompt', on: true } }],
    ['marks default', { kind: 'marks', change: 'default' }],
    ['collect A2', { kind: 'star', on: true, cell: A2 }],
    ['star A2', { kind: 'star', on: true, cell: A2 }],
    ['Stern k7f3/A2', { kind: 'star', on: true, job: 'k7f3', cell: A2 }],
    ['unstar A2', { kind: 'star', on: false, cell: A2 }],
    ['merken k7f3/A2', { kind: 'star', on: true, job: 'k7f3', cell: A2 }],
    ['uncollect A2', { kind: 'star', on: false, cell: A2 }],
    ['nicht merken A2', { kind: 'star', on: false, cell: A2 }],
    ['gallery', { kind: 'gallery' }],
    ['galerie', { kind: 'gallery' }],
    // Jobs
    ['replay k7f3', { kind: 'replay', job: 'k7f3' }],
    ['reproduzieren k7f3/B3', { kind: 'replay', job: 'k7f3', cell: B3 }],
    ['sheet', { kind: 'sheet' }],
    ['contact sheet k7f3', { kind: 'sheet', job: 'k7f3' }],
    ['kontaktbogen k7f3', { kind: 'sheet', job: 'k7f3' }],
    ['zip k7f3', { kind: 'zip', job: 'k7f3' }],
    ['+ in the evening, rain', { kind: 'edit', words: 'in the evening, rain', ...bare }],
    ['+ am Abend', { kind: 'edit', words: 'am Abend', ...bare }],
    ['again', { kind: 'again', ...bare }],
    ['wiederholen k7f3', { kind: 'again', job: 'k7f3', ...bare }],
    ['cancel all jobs', { kind: 'cancel', target: 'mine' }],
    ['cancel all of them', { kind: 'cancel', target: 'mine' }],
    ['abbrechen alle meine Aufträge', { kind: 'cancel', target: 'mine' }],
    ['stop it!', { kind: 'cancel', target: 'subject' }],
    ['cancel job k7f3', { kind: 'cancel', target: 'k7f3' }],
    ['stopp Auftrag k7f3 bitte', { kind: 'cancel', target: 'k7f3' }],
    ['queue please', { kind: 'queue' }],
    ['hilfe bitte!', { kind: 'help' }],
    ['up B3 x4 please.', { kind: 'upscale', cell: B3, factor: 4 }],
    ['nochmal bitte', { kind: 'again', ...bare }],
    // History
    ['find', { kind: 'find', words: [], mine: false }],
    ['find a cat', { kind: 'find', words: ['a', 'cat'], mine: false }],
    ['find fog since:yesterday', { kind: 'find', words: ['fog'], since: 'yesterday', mine: false }],
    ['find fog since yesterday', { kind: 'find', words: ['fog'], since: 'yesterday', mine: false }],
    ['find mine since last week', { kind: 'find', words: [], since: 'last week', mine: true }],
    ['find boats since 1900', { kind: 'find', words: ['boats', 'since', '1900'], mine: false }],
    ['suche Nebel seit: gestern meine', { kind: 'find', words: ['Nebel'], since: 'gestern', mine: true }],
    ['finde Nebel seit:24.12.', { kind: 'find', words: ['Nebel'], since: '24.12', mine: false }],
    // Styles
    ['styles', { kind: 'styles', search: '' }],
    ['styles pixel art', { kind: 'styles', search: 'pixel art' }],
    ['stile aquarell', { kind: 'styles', search: 'aquarell' }],
    ['style photo', { kind: 'style', action: 'show', name: 'photo' }],
    ['style "pixel art"', { kind: 'style', action: 'show', name: 'pixel art' }],
    ['style photo?', { kind: 'style', action: 'show', name: 'photo' }],
    ['style show photo.', { kind: 'style', action: 'show', name: 'photo' }],
    ['style show pixel art', { kind: 'style', action: 'show', name: 'pixel art' }],
    ['stil zeigen „pixel art“', { kind: 'style', action: 'show', name: 'pixel art' }],
    ['style history photo', { kind: 'style', action: 'history', name: 'photo' }],
    ['stil verlauf photo', { kind: 'style', action: 'history', name: 'photo' }],
    ['style undo photo', { kind: 'style', action: 'undo', name: 'photo' }],
    ['stil rückgängig photo', { kind: 'style', action: 'undo', name: 'photo' }],
    ['style remove photo', { kind: 'style', action: 'remove', name: 'photo' }],
    ['stil löschen photo', { kind: 'style', action: 'remove', name: 'photo' }],
    ['style default none', { kind: 'style', action: 'default', name: 'none' }],
    ['stil standard photo', { kind: 'style', action: 'default', name: 'photo' }],
    ['style import', { kind: 'style', action: 'import' }],
    ['style export', { kind: 'style', action: 'export', format: 'yaml' }],
    ['stil export CSV', { kind: 'style', action: 'export', format: 'csv' }],
    ['style rename photo "studio photo"', { kind: 'style', action: 'rename', from: 'photo', to: 'studio photo' }],
    ['style rename "old photo" to studio', { kind: 'style', action: 'rename', from: 'old photo', to: 'studio' }],
    ['stil umbenennen foto in studio', { kind: 'style', action: 'rename', from: 'foto', to: 'studio' }],
    [
      'style set noir "film noir of {prompt}, grain"',
      { kind: 'style', action: 'set', name: 'noir', prompt: 'film noir of {prompt}, grain', ...bare },
    ],
    ['stil setzen "film noir" {prompt}, grain', { kind: 'style', action: 'set', name: 'film noir', prompt: '{prompt}, grain', ...bare }],
    // Schedules
    ['plan pause 3', { kind: 'plan', action: 'pause', id: 3 }],
    ['plan weiter #3', { kind: 'plan', action: 'resume', id: 3 }],
    ['plan run 3.', { kind: 'plan', action: 'run', id: 3 }],
    ['plan löschen 12', { kind: 'plan', action: 'remove', id: 12 }],
    ['schedule show 1', { kind: 'plan', action: 'show', id: 1 }],
    ['plans', { kind: 'plans' }],
    ['Zeitpläne', { kind: 'plans' }],
    ['timezone Europe/Berlin', { kind: 'time_zone', zone: 'Europe/Berlin' }],
    ['zeitzone', { kind: 'time_zone' }],
    ['quiet', { kind: 'quiet' }],
    ['quiet 22:00-06:00', { kind: 'quiet', hours: { fromMinute: 1320, toMinute: 360 } }],
    ['quiet hours from 10pm to 6am', { kind: 'quiet', hours: { fromMinute: 1320, toMinute: 360 } }],
    ['ruhezeit von 22 Uhr bis 6:30 Uhr', { kind: 'quiet', hours: { fromMinute: 1320, toMinute: 390 } }],
    ['ruhezeit aus', { kind: 'quiet', hours: 'off' }],
    // The room and the bot
    ['limits', { kind: 'limits' }],
    ['kontingent', { kind: 'limits' }],
    ['model use turbo', { kind: 'use_model', name: 'turbo' }],
    ['modell verwenden turbo', { kind: 'use_model', name: 'turbo' }],
    ['admin pause', { kind: 'admin', action: 'pause' }],
    ['admin weiter', { kind: 'admin', action: 'resume' }],
    ['admin limits', { kind: 'admin', action: 'limits' }],
    ['admin grenzen maxCount 8', { kind: 'admin', action: 'limits', name: 'maxCount', value: 8 }],
    ['admin limits maxCount default', { kind: 'admin', action: 'limits', name: 'maxCount', value: 'default' }],
    ['yes', { kind: 'answer', yes: true }],
    ['Ja!', { kind: 'answer', yes: true }],
    ['ok', { kind: 'answer', yes: true }],
    ['no', { kind: 'answer', yes: false }],
    ['nein', { kind: 'answer', yes: false }],
  ];
  for (const [typed, command] of cases) test(typed, () => assert.deepEqual(commandIn(`!img ${typed}`), command));

  test('options of verbs that take them', () => {
    const { options } = commandIn('!img vary B3 --strength 0,4 --n 4') as Command & { kind: 'vary' };
    assert.deepEqual(options, { strength: 0.4, count: 4 });
    const edit = commandIn('!bild + Regen --ohne Schirme') as Command & { kind: 'edit' };
    assert.deepEqual([edit.words, edit.options], ['Regen', { negativePrompt: 'Schirme' }]);
    const onlyOptions = commandIn('!img + --n 4') as Command & { kind: 'edit' };
    assert.deepEqual([onlyOptions.words, onlyOptions.options], ['', { count: 4 }]);
    const set = commandIn('!img style set photo --steps 4 --no "text, frame"') as Command & { kind: 'style'; action: 'set' };
    assert.deepEqual([set.prompt, set.options], [undefined, { steps: 4, negativePrompt: 'text, frame' }]);
  });
});

test('every name of every verb is one, in any case', () => {
  const following: Readonly<Record<string, string>> = {
    edit: 'rain',
    style: 'photo',
    plan: 'pause 3',
    admin: 'pause',
    use_model: 'turbo',
    lang: 'de',
    star: 'A2',
  };
  for (const name of verbNames) {
    for (const alias of languages.flatMap((language) => verbRow(name).names[language])) {
      for (const typed of [alias, alias.toUpperCase(), plainLetters(alias)]) {
        const command = commandIn(`!img ${typed} ${following[name] ?? ''}`);
        assert.notEqual(command.kind, 'draw', typed);
      }
    }
  }
});

test('no name belongs to two verbs', () => {
  const names = verbNames.flatMap((name) => [...new Set(languages.flatMap((language) => verbRow(name).names[language]))]);
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
});

describe('prompts that begin like a verb', () => {
  for (const prompt of [
    'marks of a lion in the sand',
    'marks watermark on a letter',
    'marks on',
    'verify the seal of a king',
    'fix the roof',
    'fix a bicycle in the rain',
    'enhance your calm',
    'up in the sky',
    'up the hill',
    'up A2 street',
    'hoch oben am Berg',
    'hoch über den Wolken',
    'plan of a house',
    'plan B',
    'plan 9 from outer space',
    'plan a trip to Rome',
    'Plan einer Stadt',
    'Zeitplan an der Wand',
    'schedule on a wall',
    'plans for a cathedral',
    'Pläne einer Burg',
    'style of the nineties',
    'style icon in Paris',
    'style history of art',
    'style set of chairs',
    'style set in stone',
    'styles of the nineties',
    'Stil der Zwanziger',
    'Stile im Vergleich',
    'Stil von Klimt',
    'quiet street at night',
    'quiet 5 star hotel',
    'Ruhezeit im Wald',
    'star',
    'star over a village',
    'stern',
    'Stern von Bethlehem',
    'Schlange',
    'eine Schlange im Gras',
    'merken und vergessen',
    'collect shells on a beach',
    'star',
    'star fish',
    'Stern k7f3',
    'a star',
    'sammeln im Herbstwald',
    'model of a ship',
    'model railway',
    'use model trains',
    'Modell eines Schiffs',
    'models on a catwalk',
    'again and again',
    'noch mal davongekommen',
    'repeat after me',
    'sheet music',
    'contact sheet of a film',
    'Übersicht einer Stadt',
    'zip line over a canyon',
    'variation on a theme',
    'Variante eines alten Themas',
    'gallery of mirrors',
    'Galerie der Ahnen',
    'limits of the universe',
    'Grenzen der Welt',
    'queue of penguins',
    'Warteschlange am Schalter',
    'stop sign',
    'cancel culture',
    'stop all cars',
    'please',
    'bitte lächeln',
    'info desk in an airport',
    'replay of a goal',
    'go fish',
    'los gehts im Wald',
    'no smoking sign',
    'nein sagt die Katze',
    'ok sign',
    'yes we can',
    'ja genau so',
    'admin in an office',
    'admin pause room',
    'language of flowers',
    'Sprache der Vögel',
    'time zone clocks on a wall',
    'help me draw a cat',
    '+1 for everybody',
  ]) {
    test(prompt, () => assert.equal(drawIn(`!img ${prompt}`).prompt, prompt));
  }

  test('an option makes a prompt of a verb that takes none', () => {
    for (const prompt of ['gallery', 'limits', 'fix', 'up', 'style icon', 'styles', 'find a cat', 'quiet', 'plans', 'yes', 'zip'])
      assert.deepEqual([drawIn(`!img ${prompt} --n 2`).prompt, drawIn(`!img ${prompt} --n 2`).options.count], [prompt, 2]);
  });

  test('behind -- nothing is a verb', () => {
    for (const prompt of ['find a cat', 'style show photo', 'plan pause 3', '+ rain', 'up B3 x4', 'yes'])
      assert.equal(drawIn(`!img -- ${prompt}`).prompt, prompt);
  });
});

describe('what is wrong behind a verb', () => {
  const cases: readonly (readonly [string, string, object, string?])[] = [
    ['up B3 x3', 'factor_unknown', { value: 'x3' }, 'x3'],
    ['hoch 16-fach', 'factor_unknown', { value: '16-fach' }, '16-fach'],
    ['+', 'edit_empty', {}, '+'],
    ['style', 'style_name_missing', { action: 'show' }, 'style'],
    ['style undo', 'style_name_missing', { action: 'undo' }, 'undo'],
    ['stil setzen', 'style_name_missing', { action: 'set' }, 'setzen'],
    ['style rename photo', 'style_rename_form', {}, 'rename'],
    ['style export xlsx', 'style_format_unknown', { value: 'xlsx' }, 'xlsx'],
    ['plan pause', 'plan_number_missing', { action: 'pause' }, 'pause'],
    ['plan "Mon-Fri 07:00"', 'plan_prompt_missing', { schedule: 'Mon-Fri 07:00' }],
    ['admin limits maxCount', 'limit_value_missing', { name: 'maxCount' }, 'maxCount'],
    ['admin limits maxCount many', 'whole_number_invalid', { flag: 'maxCount', value: 'many', example: '50' }, 'many'],
    ['quiet 25:00-06:00', 'quiet_invalid', { value: '25:00-06:00' }, '25:00-06:00'],
    ['quiet 8 to 8', 'quiet_invalid', { value: '8 to 8' }, '8 to 8'],
    ['ruhezeit 22:00', 'quiet_invalid', { value: '22:00' }, '22:00'],
  ];
  for (const [typed, code, params, at] of cases) {
    test(typed, () => {
      const problem = problemIn(`!img ${typed}`);
      assert.deepEqual([problem.code, problem.params], [code, params]);
      if (at !== undefined) assert.equal(`!img ${typed}`.slice(problem.place?.start, problem.place?.end), at);
    });
  }
});

test('German words answer in German, words of both languages in that of the prefix', () => {
  for (const typed of ['hoch B3', 'stil photo', 'pläne', 'ja', 'kontaktbogen', 'ruhezeit', 'suche Nebel'])
    assert.equal(parse(`!img ${typed}`)?.language, 'de', typed);
  for (const typed of ['plan pause 3', 'info', '+ rain', 'zip']) {
    assert.equal(parse(`!img ${typed}`)?.language, 'en', typed);
    assert.equal(parse(`!bild ${typed}`)?.language, 'de', typed);
  }
});

test('in a direct message verbs need no prefix', () => {
  const parsed = parseMessage('up B3 x2', { prefixes: defaultPrefixes, isDirect: true, language: undefined });
  assert.deepEqual(parsed?.ok === true && parsed.command, { kind: 'upscale', cell: B3, factor: 2 });
});
