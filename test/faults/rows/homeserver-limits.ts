import { readMarks } from '#src/finish/marks.ts';
import type { RawEvent } from '../../e2e/synapse/person.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace, onRoughSynapse, roughUploadBytes } from '../place.ts';
import { sum } from '../oracle.ts';
import type { Counts, FaultRow } from '../row.ts';

const tooManyMessages: FaultRow = {
  number: 11,
  title: 'More messages than the homeserver allows',
  injected: 'Synapse with its own limit (`rc_message`: 0.2 a second, 10 at once); runs are commands, said at once',
  runs: { bounded: 4, full: 6 },
  skip: synapseSkipReason,
  inject: async ({ runs }) =>
    onRoughSynapse(async (synapse) => {
      await using place = await FaultPlace.open({ synapse, isProxied: true });
      await synapse.liftMessageLimit(place.ada.userId);
      // Each is three messages: with fewer commands nothing is refused.
      for (let run = 1; run <= Math.max(4, runs); run += 1) await place.say(fox(run));
      const counts = await place.reckon(Math.max(4, runs));
      if (!place.proxy.seen.some(({ status, path }) => status === 429 && path.includes('/send/'))) throw new Error('Nothing was refused.');
      return counts;
    }),
};

/** Pictures of the bot, each with its bytes. */
async function picturesIn(place: FaultPlace): Promise<readonly { readonly event: RawEvent; readonly bytes: Uint8Array }[]> {
  const own = (await place.ada.events(place.roomId)).filter(
    ({ sender, content }) => sender === place.bot.userId && content['msgtype'] === 'm.image',
  );
  return Promise.all(own.map(async (event) => ({ event, bytes: (await place.ada.download(event.content['url'])).bytes })));
}

async function smallerCopies(runs: number): Promise<Counts> {
  return onRoughSynapse(async (synapse) => {
    await using place = await FaultPlace.open({ synapse });
    for (const userId of [place.bot.userId, place.ada.userId]) await synapse.liftMessageLimit(userId);
    for (let run = 1; run <= runs; run += 1) await place.say(`!img a red fox --seed ${run} --n 2`);
    const counts = await place.reckon(runs);
    const pictures = await picturesIn(place);
    const copies = pictures.filter(({ event }) => event.content['info'].mimetype === 'image/jpeg');
    if (copies.length === 0) throw new Error('No picture was over the limit.');
    for (const { event, bytes } of copies) {
      const { body, filename, info } = event.content;
      if (bytes.length > roughUploadBytes || bytes.length !== info.size)
        throw new Error(`It has ${bytes.length} bytes, and says ${info.size}.`);
      if (!readMarks(bytes).aiGenerated) throw new Error('The mark of origin is lost.');
      if (!String(body).includes('Smaller copy') || !String(filename).endsWith('.jpg')) throw new Error(`It does not say so: ${body}`);
    }
    return counts;
  });
}

async function explained(runs: number): Promise<Counts> {
  await using place = await FaultPlace.open({ isProxied: true });
  place.proxy.inject({ path: '/media/config' }, { kind: 'answer', status: 200, body: '{"m.upload.size":300}' }, { times: Infinity });
  for (let run = 1; run <= runs; run += 1) await place.say(fox(run));
  const counts = await place.reckon(runs);
  const told = place.events.filter(
    ({ sender, content }) => sender === place.bot.userId && /refused a picture .* at most/.test(String(content['body'])),
  );
  if (told.length !== runs) throw new Error(`${told.length} of ${runs} pictures were explained.`);
  return counts;
}

const tooLarge: FaultRow = {
  number: 16,
  title: 'A picture over the upload limit',
  injected: 'Synapse that takes 40 kB (sent as a smaller copy, marked, which says so), and one that takes 300 bytes (explained)',
  runs: { bounded: 2, full: 6 },
  skip: synapseSkipReason,
  inject: async ({ runs }) => sum([await smallerCopies(Math.ceil(runs / 2)), await explained(Math.max(1, Math.floor(runs / 2)))]),
};

export const rows: readonly FaultRow[] = [tooManyMessages, tooLarge];
