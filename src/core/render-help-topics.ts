/** The topics of help that teach by examples. All of them can be typed as they stand, as far as there is such a picture. */
import { pickFor, withCode } from '#core/format.ts';
import type { Voice } from '#core/message-codes.ts';
import { bold, code, paragraph, type Block, type RichText } from '#core/rich-text.ts';
import type { ModelInfo } from '#core/model-info.ts';

/** What is typed behind the prefix, and what it does; words in backticks stand as code. */
type Example = readonly [typed: string, does: string];

type TopicHelp = Voice & { readonly model: Pick<ModelInfo, 'examples'> };

function exampleList(examples: readonly Example[], { prefix }: Voice): Block {
  const items = examples.map(([typed, does]) => [code(`${prefix} ${typed}`), { text: ' – ' }, ...withCode(does)]);
  return { kind: 'list', items };
}

/** Something that the model draws, without a style of its own. */
function subjectOf({ model, language }: TopicHelp): string {
  const [example = pickFor(language)('a red fox', 'ein roter Fuchs')] = model.examples[language];
  return example.split(',')[0] ?? example;
}

export function stylesHelp(help: TopicHelp): RichText {
  const pick = pickFor(help.language);
  const subject = subjectOf(help);
  const examples = pick<readonly Example[]>(
    [
      [`${subject} --style watercolor`, 'a picture in a style'],
      [`${subject} --style watercolor,neon --n 3`, 'three pictures in each style, and one sheet with all of them'],
      ['styles', 'all styles; `styles pencil` searches'],
      ['style show watercolor', 'what it does, with a picture'],
      ['style export csv', 'all styles as a file: `csv` (A1111), `json` (Fooocus) or `yaml`'],
    ],
    [
      [`${subject} --stil aquarell`, 'ein Bild in einem Stil'],
      [`${subject} --stil aquarell,neon --anzahl 3`, 'drei Bilder in jedem Stil und ein Kontaktbogen mit allen'],
      ['stile', 'alle Stile; `stile bleistift` sucht'],
      ['stil zeigen aquarell', 'was er tut, mit einem Bild'],
      ['stil export csv', 'alle Stile als Datei: `csv` (A1111), `json` (Fooocus) oder `yaml`'],
    ],
  );
  const changes = pick<readonly Example[]>(
    [
      ['style set team "{prompt}, pastel colors" --no text', 'a new style, or a change: I show it and ask first'],
      ['style undo team', 'the version before; `style history team` lists them'],
      ['style default team', 'for every picture of this room; `none` for none'],
      ['style import', 'in reply to a file of styles, or with one attached'],
    ],
    [
      ['stil setzen team "{prompt}, Pastellfarben" --ohne Text', 'ein neuer Stil oder eine Änderung: Ich zeige sie und frage erst'],
      ['stil zurück team', 'die Version davor; `stil verlauf team` zeigt alle'],
      ['stil standard team', 'für jedes Bild dieses Raums; `none` für keinen'],
      ['stil import', 'als Antwort auf eine Datei mit Stilen oder mit ihr im Anhang'],
    ],
  );
  return [
    paragraph(bold(pick('Styles', 'Stile'))),
    exampleList(examples, help),
    paragraph(pick('Admins also:', 'Admins außerdem:')),
    exampleList(changes, help),
  ];
}

export function schedulesHelp(help: TopicHelp): RichText {
  const pick = pickFor(help.language);
  const subject = subjectOf(help);
  const examples = pick<readonly Example[]>(
    [
      [`plan "Mon-Fri 07:00" ${subject} --n 4`, 'four pictures every working day'],
      [`plan "daily 22:30 until 06:00" ${subject} --n 20`, 'overnight; what is not finished by then is left out'],
      [`plan "tomorrow 14:00" ${subject}`, 'once'],
      [`plan "0 7 * * 1-5" ${subject}`, 'a cron expression: minute, hour, day, month, weekday'],
      ['plans', 'the schedules of this room'],
      ['plan run 3', 'number 3 now; also `show`, `pause`, `resume` and `remove`'],
      ['timezone Europe/Berlin', "the room's time zone (admins)"],
      ['quiet 22:00-06:00', 'no schedule begins in these hours (admins); `quiet off` ends it'],
    ],
    [
      [`plan "Mo-Fr 7 Uhr" ${subject} --anzahl 4`, 'vier Bilder an jedem Werktag'],
      [`plan "täglich 22:30 bis 6:00" ${subject} --anzahl 20`, 'über Nacht; was bis dahin nicht fertig ist, entfällt'],
      [`plan "morgen 14 Uhr" ${subject}`, 'einmal'],
      [`plan "0 7 * * 1-5" ${subject}`, 'ein Cron-Ausdruck: Minute, Stunde, Monatstag, Monat, Wochentag'],
      ['pläne', 'die Zeitpläne dieses Raums'],
      ['plan starten 3', 'Nummer 3 jetzt; auch `zeigen`, `pause`, `weiter` und `entfernen`'],
      ['zeitzone Europe/Berlin', 'die Zeitzone des Raums (Admins)'],
      ['ruhezeit 22:00-06:00', 'in diesen Stunden beginnt kein Zeitplan (Admins); `ruhezeit aus` hebt sie auf'],
    ],
  );
  return [
    paragraph(
      bold(pick('Schedules', 'Zeitpläne')),
      pick(
        ' – pictures at set times. People come first: a run yields to them.',
        ' – Bilder zu festen Zeiten. Menschen gehen vor: Ein Lauf lässt sie vorbei.',
      ),
    ),
    exampleList(examples, help),
  ];
}

export function picturesHelp(help: TopicHelp): RichText {
  const pick = pickFor(help.language);
  const subject = subjectOf(help);
  const many = pick<readonly Example[]>(
    [
      [`${subject} --n 4`, 'four pictures'],
      ['a {red, blue} bird in {fog, rain}', 'one picture of each: four, and a sheet'],
      ['sheet k7f3', 'all pictures of a job on one; `zip k7f3` puts them into a file'],
    ],
    [
      [`${subject} --anzahl 4`, 'vier Bilder'],
      ['ein {roter, blauer} Vogel im {Nebel, Regen}', 'von jedem eins: vier, und ein Kontaktbogen'],
      ['kontaktbogen k7f3', 'alle Bilder eines Auftrags auf einem; `zip k7f3` packt sie in eine Datei'],
    ],
  );
  const words = pick<readonly Example[]>(
    [
      ['a (red:1.3) fox in [snow]', 'more red, less snow; `(red)` alone is 1.1'],
      [String.raw`a fox \(drawn\)`, 'brackets that are meant as brackets'],
    ],
    [
      ['ein (roter:1,3) Fuchs im [Schnee]', 'mehr Rot, weniger Schnee; `(roter)` allein ist 1,1'],
      [String.raw`ein Fuchs \(gemalt\)`, 'Klammern, die als Klammern gemeint sind'],
    ],
  );
  const one = pick<readonly Example[]>(
    [
      ['up A2 x4', 'larger (⬆️)'],
      ['vary A2 --strength 0.4', 'a variation, here a near one (🎨)'],
      ['fix A2', 'contrast and sharpness optimised'],
      ['again', 'the same request, new seed (🔁)'],
      ['+ at night', 'the prompt with more words'],
      ['info A2', 'prompt, seed, times (ℹ️)'],
      ['replay', 'exactly the same once more, compared'],
      ['collect A2', 'into the `gallery` of this room (⭐)'],
      ['find fox since:yesterday', 'earlier pictures of this room'],
      ['cancel', 'stop the job (❌)'],
    ],
    [
      ['hoch A2 x4', 'größer (⬆️)'],
      ['variieren A2 --stärke 0,4', 'eine Variante, hier eine nahe (🎨)'],
      ['verbessern A2', 'Kontrast und Schärfe optimiert'],
      ['nochmal', 'derselbe Wunsch, neuer Seed (🔁)'],
      ['+ bei Nacht', 'der Prompt mit mehr Wörtern'],
      ['info A2', 'Prompt, Seed, Zeiten (ℹ️)'],
      ['reproduzieren', 'genau dasselbe noch einmal, verglichen'],
      ['merken A2', 'in die `galerie` dieses Raums (⭐)'],
      ['finde fuchs seit:gestern', 'frühere Bilder dieses Raums'],
      ['abbrechen', 'den Auftrag stoppen (❌)'],
    ],
  );
  return [
    paragraph(bold(pick('Many pictures', 'Viele Bilder'))),
    exampleList(many, help),
    paragraph(
      bold(pick('Words that count more', 'Wörter, die mehr zählen')),
      pick(' (Stable Diffusion models)', ' (Modelle der Stable-Diffusion-Familie)'),
    ),
    exampleList(words, help),
    paragraph(
      bold(pick('One picture', 'Ein Bild')),
      pick(' – reply to it, react to it, or name it: ', ' – antworte darauf, reagiere darauf oder nenn es: '),
      code('k7f3/A2'),
      pick('; your own is attached or replied to.', '; ein eigenes hängst du an oder antwortest darauf.'),
    ),
    exampleList(one, help),
  ];
}

export function adminsHelp(help: TopicHelp): RichText {
  const pick = pickFor(help.language);
  const examples = pick<readonly Example[]>(
    [
      ['admin pause', 'nothing new is drawn until `admin resume`'],
      ['admin limits', 'every limit as it is now'],
      ['admin limits maxCount 8', 'changes one; `default` takes it back'],
      ['models', 'what is installed; `model use NAME` chooses one for everybody'],
      ['cancel k7f3', "anybody's job"],
      ['plan remove 3', "anybody's schedule"],
      ['lang de', 'the language of the room (everybody may)'],
      ['help styles', 'how styles are changed'],
    ],
    [
      ['admin pause', 'nichts Neues wird gezeichnet, bis `admin weiter` kommt'],
      ['admin grenzen', 'alle Grenzen, wie sie jetzt sind'],
      ['admin grenzen maxCount 8', 'ändert eine; `standard` nimmt es zurück'],
      ['modelle', 'was installiert ist; `modell nutzen NAME` wählt eines für alle'],
      ['abbrechen k7f3', 'den Auftrag von jemand anderem'],
      ['plan entfernen 3', 'den Zeitplan von jemand anderem'],
      ['sprache en', 'die Sprache des Raums (das dürfen alle)'],
      ['hilfe stile', 'wie man Stile ändert'],
    ],
  );
  return [
    paragraph(
      bold(pick('For admins', 'Für Admins')),
      pick(
        ' – who administers this room, and whom the configuration of the bot names.',
        ' – wer diesen Raum verwaltet und wen die Konfiguration des Bots nennt.',
      ),
    ),
    exampleList(examples, help),
  ];
}
