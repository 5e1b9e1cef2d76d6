/** Files that Mattermost, or what stands before it, does not take, and files that it loses; messages that nobody may change. */
import { readMarks } from '#src/finish/marks.ts';
import { MattermostPlace, type PlaceOptions } from '../mattermost/place.ts';
import { sum } from '../oracle.ts';
import { fox } from '../ordeal.ts';
import type { Counts, FaultRow } from '../row.ts';

const aPost = { method: 'POST', path: /\/posts$/ } as const;
const limitBytes = 40_000;

/** Of the bot, in posts that stand. */
const filesOf = ({ server, botId }: MattermostPlace) =>
  [...server.world.posts.values()]
    .filter((post) => post.user_id === botId && post.delete_at === 0 && post.original_id === '')
    .flatMap((post) => post.file_ids.map((id) => ({ message: post.message, file: server.world.files.get(id)! })));

async function smallerCopies(runs: number, server: NonNullable<PlaceOptions['server']>): Promise<Counts> {
  await using place = await MattermostPlace.open({ server });
  for (let run = 1; run <= runs; run += 1) await place.say(`!img a red fox --seed ${run} --n 2`);
  const counts = await place.reckon(runs);
  const copies = filesOf(place).filter(({ file }) => file.mime_type === 'image/jpeg');
  if (copies.length === 0) throw new Error('No picture was over the limit.');
  for (const { message, file } of copies) {
    if (file.bytes.length > limitBytes) throw new Error(`It has ${file.bytes.length} bytes.`);
    if (!readMarks(file.bytes).aiGenerated) throw new Error('The mark of origin is lost.');
    if (!message.includes('Smaller copy')) throw new Error(`It does not say so: ${message}`);
  }
  return counts;
}

async function explained(runs: number): Promise<Counts> {
  await using place = await MattermostPlace.open({ server: { maxFileSizeBytes: 300 } });
  for (let run = 1; run <= runs; run += 1) await place.say(fox(run));
  const counts = await place.reckon(runs);
  const told = place.events.filter(
    ({ sender, content }) => sender === place.botId && /refused a picture .* at most/.test(String(content['body'])),
  );
  if (told.length !== runs) throw new Error(`${told.length} of ${runs} pictures were explained.`);
  if (place.server.world.files.size > 0) throw new Error('A file was taken that was over the limit.');
  return counts;
}

const tooLarge: FaultRow = {
  number: 43,
  platform: 'mattermost',
  title: 'A picture over the limit of a file',
  injected:
    '`MaxFileSize` of 40 kB, and a proxy that answers 413 to more than that and names no limit (sent as a smaller copy, marked, which says so); `MaxFileSize` of 300 bytes (explained)',
  runs: { bounded: 1, full: 6 },
  inject: async ({ runs, random }) => {
    const ways = [
      async (share: number) => smallerCopies(share, { proxyMaxBodyBytes: limitBytes }),
      async (share: number) => smallerCopies(share, { maxFileSizeBytes: limitBytes }),
      explained,
    ];
    if (runs < ways.length) return ways[Math.floor(random() * ways.length)]!(runs);
    const counts: Counts[] = [];
    for (const way of ways) counts.push(await way(Math.round(runs / ways.length)));
    return sum(counts);
  },
};

const dropped: FaultRow = {
  number: 47,
  platform: 'mattermost',
  title: 'The server leaves the file out of a post',
  injected: 'up to three times for one picture, with the answer to such a post lost by turns; exactly one post with the picture remains',
  runs: { bounded: 3, full: 24 },
  inject: async ({ runs, random }) => {
    await using place = await MattermostPlace.open();
    const { server } = place;
    let met = 0;
    for (let run = 1; run <= runs; run += 1) {
      const times = 1 + Math.floor(random() * 3);
      server.dropFileIds(times);
      // Behind the acknowledgement: a post that lacks its file, or the one that has it.
      if (run % 2 === 0) server.inject(aPost, { kind: 'reset', delivered: true }, { skip: 1 + Math.floor(random() * times) });
      await place.say(fox(run, 1 + (run % 2)));
      await place.answered();
      met += times - server.world.fileIdDropsLeft;
      server.heal();
    }
    const counts = await place.reckon(runs);
    if (met < runs) throw new Error(`Only ${met} files were left out.`);
    return counts;
  },
};

const unchangeable: FaultRow = {
  number: 49,
  platform: 'mattermost',
  title: 'Nobody may change a message',
  injected:
    '`PostEditTimeLimit` of 0 or 1 s, or the bot may not edit: the end of a job stands below its acknowledgement; answers are lost meanwhile',
  runs: { bounded: 2, full: 15 },
  inject: async ({ runs, random }) => {
    await using place = await MattermostPlace.open();
    place.editsMayFail = true;
    const { server, bot } = place;
    for (let run = 1; run <= runs; run += 1) {
      server.allowAgain(bot);
      server.settings.postEditTimeLimitS = run % 3 === 0 ? -1 : (run % 3) - 1;
      if (run % 3 === 0) server.deny(bot, 'edit_post');
      if (run % 2 === 0) server.inject(aPost, { kind: 'reset', delivered: true }, { skip: Math.floor(random() * 4) });
      await place.say(fox(run, 2));
      await place.answered();
      server.heal();
    }
    return await place.reckon(runs);
  },
};

export const rows: readonly FaultRow[] = [tooLarge, dropped, unchangeable];
