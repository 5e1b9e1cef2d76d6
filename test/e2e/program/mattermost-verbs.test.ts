/** Every verb through the real program on Mattermost, in both languages: what is typed, how many posts come back, and what they say. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { verbs, type VerbName } from '#core/verbs.ts';
import type { Language } from '#core/types.ts';
import { FakeMattermost } from '../../chat/mattermost/fake/fake.ts';
import { Conversation, fileNames } from './mattermost-posts.ts';
import { patienceMs, Workplace } from './program.ts';

type Row = {
  readonly verb: VerbName | 'draw';
  readonly text: string;
  /** Posts that come back: one, or what tells of a job and its picture. */
  readonly answers?: number;
  readonly says: RegExp;
  readonly file?: RegExp;
  /** Nothing is drawn before somebody says so. */
  readonly isHeld?: true;
};

const job = { answers: 2 } as const;

const rows: Readonly<Record<Language, readonly Row[]>> = {
  en: [
    {
      verb: 'draw',
      text: '!img a red fox --seed 42',
      ...job,
      says: /^1 image 256×256 in /mu,
      file: /-A1 AI-generated picture a red fox\.png$/u,
    },
    { verb: 'again', text: '!img again --seed 7', ...job, says: /A1\*\* a red fox · seed 7 /u },
    { verb: 'edit', text: '!img + in the snow', ...job, says: /A1\*\* a red fox, in the snow · seed 7 /u },
    { verb: 'info', text: '!img info', says: /^\| Prompt \| a red fox, in the snow \|$[^]*^```\n!img a red fox, in the snow /mu },
    { verb: 'vary', text: '!img vary --strength 0.4', ...job, says: /A1\*\* a red fox, in the snow /u },
    { verb: 'replay', text: '!img replay', ...job, says: /^Identical: /mu },
    { verb: 'star', text: '!img collect', says: /A1\*\* is in the gallery/u },
    { verb: 'gallery', text: '!img gallery', says: /^- \*\*\w{4}\/A1\*\* a red fox, in the snow · /mu },
    { verb: 'unstar', text: '!img uncollect', says: /^Your star on \*\*\w{4}\/A1\*\* is taken back\.$/u },
    { verb: 'upscale', text: '!img up x2', ...job, says: /enlarged ×2 · 512×512/u },
    { verb: 'enhance', text: '!img fix', ...job, says: /· (?:optimised|unchanged) · 512×512/u },
    { verb: 'sheet', text: '!img sheet', says: /1 picture · AI-generated$/u, file: /-sheet /u },
    { verb: 'zip', text: '!img zip', says: /in one file, AI-generated\.$/u, file: /^\w{4}\.zip$/u },
    { verb: 'check', text: '!img check', says: /^Not checked: the library is empty/u },
    { verb: 'verify', text: '!img verify', says: /made here, unchanged since/iu },
    { verb: 'release', text: '!img release', says: /is not held back, so there is nothing to release/u },
    { verb: 'held', text: '!img held', says: /^No picture of this room is held back\.$/u },
    { verb: 'marks', text: '!img marks', says: /^Pictures of this room carry:/u },
    { verb: 'find', text: '!img find fox', says: /^- \*\*\w{4}\*\* a red fox · 1 picture · /mu },
    { verb: 'queue', text: '!img queue', says: /^The queue is empty/u },
    { verb: 'help', text: '!img help options', says: /^- `--n N` or `--count` – /mu },
    { verb: 'limits', text: '!img limits', says: /^\| You \| 7 of 500 \|/mu },
    { verb: 'models', text: '!img models', says: /^\| embedded ✓ \|/mu },
    { verb: 'use_model', text: '!img model use embedded', says: /\*\*Embedded: everyday things in seven styles\*\*/u },
    { verb: 'styles', text: '!img styles', says: /^- \*\*watercolor\*\* · /mu },
    { verb: 'style', text: '!img style show watercolor', says: /`watercolor painting of \{prompt\}, /u },
    { verb: 'style', text: '!img style export csv', says: /^10 styles as A1111 CSV/u, file: /^styles\.csv$/u },
    { verb: 'style', text: '!img style set mine "{prompt}, pale colours"', says: /`\{prompt\}, pale colours`[^]*React with 👍/u },
    { verb: 'yes', text: '!img yes', says: /\bmine\b/u },
    { verb: 'style', text: '!img style remove mine', says: /React with 👍/u },
    { verb: 'no', text: '!img no', says: /^Dropped: /u },
    { verb: 'plan', text: '!img plan "Mon-Fri 07:00" a fox', says: /^\*\*Plan 1\*\*: Monday to Friday at 07:00 /u },
    { verb: 'plans', text: '!img plans', says: /^\| 1 \| Monday to Friday at 07:00 \| a fox \|/mu },
    { verb: 'plan', text: '!img plan pause 1', says: /^\*\*Plan 1\*\* .*`!img plan resume 1`/u },
    { verb: 'plan', text: '!img plan remove 1', says: /^\*\*Plan 1\*\* /u },
    { verb: 'time_zone', text: '!img timezone Europe/Berlin', says: /\*\*Europe\/Berlin\*\*/u },
    { verb: 'quiet', text: '!img quiet 22:00-06:00', says: /22:00–06:00/u },
    { verb: 'lang', text: '!img lang en', says: /English/u },
    { verb: 'admin', text: '!img admin limits maxCount 8', says: /8/u },
    { verb: 'admin', text: '!img admin limits maxCount default', says: /20/u },
    { verb: 'admin', text: '!img admin pause', says: /`!img admin resume`/u },
    { verb: 'draw', text: '!img a boat', says: /An admin has paused the queue/u, isHeld: true },
    { verb: 'cancel', text: '!img cancel', says: /^Job \*\*\w{4}\*\* cancelled\.$/u },
    { verb: 'admin', text: '!img admin resume', says: /^The queue goes on\.$/u },
    { verb: 'privacy', text: '!img privacy', says: /^\*\*Whom the bot talks to\*\*/u },
    { verb: 'retention', text: '!img retention 30', says: /for \*\*30 days\*\* after their end/u },
    { verb: 'my_data', text: '!img mydata', says: /write me `!img mydata` in a direct message/u },
    { verb: 'forget_me', text: '!img forget me', says: /^\*\*Shall I forget you\?/u },
    { verb: 'no', text: '!img no', says: /^Dropped: /u },
  ],
  de: [
    {
      verb: 'draw',
      text: '!bild ein roter Fuchs --startwert 42',
      ...job,
      says: /^1 Bild 256×256 in /mu,
      file: /-A1 KI-generiertes Bild ein roter Fuchs\.png$/u,
    },
    { verb: 'again', text: '!bild nochmal --startwert 7', ...job, says: /A1\*\* ein roter Fuchs · Seed 7 /u },
    { verb: 'edit', text: '!bild + im Schnee', ...job, says: /A1\*\* ein roter Fuchs, im Schnee · Seed 7 /u },
    { verb: 'info', text: '!bild info', says: /^\| Prompt \| ein roter Fuchs, im Schnee \|$[^]*^```\n!bild ein roter Fuchs, im Schnee /mu },
    { verb: 'vary', text: '!bild variieren --stärke 0,4', ...job, says: /A1\*\* ein roter Fuchs, im Schnee /u },
    { verb: 'replay', text: '!bild reproduzieren', ...job, says: /^Identisch: /mu },
    { verb: 'star', text: '!bild merken', says: /A1\*\* .*Galerie/u },
    { verb: 'gallery', text: '!bild galerie', says: /^- \*\*\w{4}\/A1\*\* ein roter Fuchs, im Schnee · /mu },
    { verb: 'unstar', text: '!bild nicht merken', says: /^Dein Stern für \*\*\w{4}\/A1\*\* ist zurückgenommen\.$/u },
    { verb: 'upscale', text: '!bild hoch x2', ...job, says: /×2 vergrößert · 512×512/u },
    { verb: 'enhance', text: '!bild verbessern', ...job, says: /· (?:optimiert|unverändert) · 512×512/u },
    { verb: 'sheet', text: '!bild kontaktbogen', says: /1 Bild · KI-generiert$/u, file: /-sheet /u },
    { verb: 'zip', text: '!bild zip', says: /in einer Datei, KI-generiert\.$/u, file: /^\w{4}\.zip$/u },
    { verb: 'check', text: '!bild prüfen', says: /^Nicht geprüft: Die Sammlung ist leer/u },
    { verb: 'verify', text: '!bild echtheit', says: /^\*\*Hier entstanden und seither unverändert\./u },
    { verb: 'release', text: '!bild freigeben', says: /wird nicht zurückgehalten, es gibt also nichts freizugeben/u },
    { verb: 'held', text: '!bild zurückgehalten', says: /^In diesem Raum wird kein Bild zurückgehalten\.$/u },
    { verb: 'marks', text: '!bild kennzeichen', says: /^Bilder dieses Raums tragen:/u },
    { verb: 'find', text: '!bild finde fuchs', says: /^- \*\*\w{4}\*\* ein roter Fuchs · 1 Bild · /mu },
    { verb: 'queue', text: '!bild warteschlange', says: /^Die Warteschlange ist leer/u },
    { verb: 'help', text: '!bild hilfe optionen', says: /^- `--anzahl N` oder |^- `--n N` oder /mu },
    { verb: 'limits', text: '!bild grenzen', says: /^\| Du \| \d+ von 500 \|/mu },
    { verb: 'models', text: '!bild modelle', says: /^\| embedded ✓ \|/mu },
    {
      verb: 'use_model',
      text: '!bild modell nutzen embedded',
      says: /^Ab jetzt zeichnet \*\*Embedded: everyday things in seven styles\*\*/u,
    },
    { verb: 'styles', text: '!bild stile', says: /^- \*\*watercolor\*\* – Aquarell · /mu },
    { verb: 'style', text: '!bild stil zeigen aquarell', says: /`watercolor painting of \{prompt\}, /u },
    { verb: 'style', text: '!bild stil export csv', says: /^\d+ Stile als A1111 CSV/u, file: /^styles\.csv$/u },
    { verb: 'style', text: '!bild stil setzen meiner "{prompt}, Pastellfarben"', says: /`\{prompt\}, Pastellfarben`[^]*Reagiere mit 👍/u },
    { verb: 'yes', text: '!bild ja', says: /\bmeiner\b/u },
    { verb: 'style', text: '!bild stil entfernen meiner', says: /Reagiere mit 👍/u },
    { verb: 'no', text: '!bild nein', says: /^Verworfen: /u },
    { verb: 'plan', text: '!bild plan "Mo-Fr 7 Uhr" ein Fuchs', says: /^\*\*Plan \d\*\*: Montag bis Freitag um 07:00 Uhr /u },
    { verb: 'plans', text: '!bild pläne', says: /^\| \d \| Montag bis Freitag um 07:00 Uhr \| ein Fuchs \|/mu },
    { verb: 'plan', text: '!bild plan pause 2', says: /^\*\*Plan 2\*\* pausiert; .*`!bild plan weiter 2`/u },
    { verb: 'plan', text: '!bild plan entfernen 2', says: /^\*\*Plan 2\*\* ist entfernt/u },
    { verb: 'time_zone', text: '!bild zeitzone Europe/Berlin', says: /\*\*Europe\/Berlin\*\*/u },
    { verb: 'quiet', text: '!bild ruhezeit 22:00-06:00', says: /22:00–06:00/u },
    { verb: 'lang', text: '!bild sprache de', says: /Deutsch/u },
    { verb: 'admin', text: '!bild admin grenzen maxCount 8', says: /8/u },
    { verb: 'admin', text: '!bild admin grenzen maxCount standard', says: /20/u },
    { verb: 'admin', text: '!bild admin pause', says: /`!bild admin weiter`/u },
    { verb: 'draw', text: '!bild ein Boot', says: /Ein Admin hat die Warteschlange angehalten/u, isHeld: true },
    { verb: 'cancel', text: '!bild abbrechen', says: /^Auftrag \*\*\w{4}\*\* .*abgebrochen\.$/u },
    { verb: 'admin', text: '!bild admin weiter', says: /^Die Warteschlange läuft weiter\.$/u },
    { verb: 'privacy', text: '!bild datenschutz', says: /^\*\*Mit wem der Bot spricht\*\*/u },
    { verb: 'retention', text: '!bild aufbewahrung 30', says: /\*\*30 Tage\*\* lang/u },
    { verb: 'my_data', text: '!bild meine daten', says: /Schreib mir `!bild meinedaten` in einer Direktnachricht/u },
    { verb: 'forget_me', text: '!bild vergiss mich', says: /^\*\*Soll ich dich vergessen\?/u },
    { verb: 'no', text: '!bild nein', says: /^Verworfen: /u },
  ],
};

describe('every verb on Mattermost', { concurrency: 1, timeout: 5 * patienceMs }, () => {
  test('is answered in English and in German, in as many posts as it should be', async () => {
    await using fake = await FakeMattermost.start();
    const [bot, ada] = [fake.createBot('blitzbild'), fake.createUser('ada')];
    const teamId = fake.createTeam('team');
    await using workplace = await Workplace.open(
      { styles: { previews: false }, admins: [ada.userId] },
      { MATTERMOST_URL: fake.url, MATTERMOST_TOKEN: bot.token },
    );
    const program = await workplace.start();
    await program.says(/Mattermost: connected\./);
    const wrong: string[] = [];
    for (const language of ['en', 'de'] as const) {
      const channel = fake.createChannel({ teamId, name: `pictures-${language}`, members: [bot, ada] });
      const talk = new Conversation(ada, channel, bot.userId);
      assert.deepEqual(new Set(rows[language].map(({ verb }) => verb)), new Set(['draw', ...Object.keys(verbs)]), 'none is left out');
      for (const { text, answers = 1, says, file, isHeld = false } of rows[language]) {
        const before = (await talk.own()).length;
        await talk.say(text, answers, { isHeld });
        const said = (await talk.own()).slice(before);
        const message = said.map((post) => post.message).join('\n\n');
        if (!says.test(message)) wrong.push(`${text}: ${message}`);
        const names = said.flatMap(fileNames);
        if (file !== undefined && !names.some((name) => file.test(name))) wrong.push(`${text}: ${names.join()}`);
      }

      // What somebody brings along: with the command, and where the thread began with it.
      const picture = (await talk.own()).flatMap(({ metadata }) => metadata?.files ?? []).find(({ name }) => name.endsWith('.png'));
      const { bytes } = await ada.download(picture!.id);
      const upload = async (name: string): Promise<string> => ada.upload(channel, { name, bytes });
      const [draw, fix, importing] =
        language === 'en'
          ? ['!img a red fox --strength 0.5', '!img fix', '!img style import']
          : ['!bild ein roter Fuchs --stärke 0,5', '!bild verbessern', '!bild stil import'];
      const from = await talk.answers(await talk.say(draw, 2, { fileIds: [await upload('mine.png')] }));
      assert.ok(
        from.some((post) => fileNames(post).length === 1),
        'from a picture of her own',
      );
      const root = await ada.say(channel, 'look', { fileIds: [await upload('look.png')] });
      await talk.say(fix, 2, { rootId: root });
      assert.match((await talk.answers(root)).map(({ message }) => message).join('\n'), /AI-edited|KI-bearbeitet/u);
      const styles = await ada.upload(channel, {
        name: 'styles.csv',
        bytes: Buffer.from('name,prompt,negative_prompt\nmisty,"{prompt}, mist",sun\n'),
      });
      const [asked] = await talk.answers(await talk.say(importing, 1, { fileIds: [styles] }));
      assert.match(asked!.message, /misty[^]*👍/u);
    }
    assert.deepEqual(wrong, []);
    assert.equal((await program.stop()).exitCode, 0, program.stderr);
    assert.doesNotMatch(program.stderr, /"level":"error"/u);
  });
});
