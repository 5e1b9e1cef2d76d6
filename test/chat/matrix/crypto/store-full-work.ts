/** A child of `store-full.test.ts`: shares keys until a write fails, and tells what it saw as one line of JSON. */
import { Device } from './device.ts';

const [file = ''] = process.argv.slice(2);
using device = await Device.open(file);
const { identity } = device;
const contents: string[] = [];
let rejected: string | undefined;
for (let round = 0; rejected === undefined && round < 3000; round++) {
  try {
    await device.share(`!room${round}:example.org`);
    contents.push(await device.encrypt(`text ${round}`));
  } catch (error) {
    rejected = String(error);
  }
}
// Later calls must not seem to succeed either.
const later: string[] = [];
for (const room of ['!later1:example.org', '!later2:example.org']) {
  later.push(
    await device.share(room).then(
      () => 'stored',
      () => 'rejected',
    ),
  );
}
console.log(
  JSON.stringify({
    identity,
    rejected,
    later,
    contents: contents.slice(-1),
    written: contents.length,
    writeErrors: device.writeErrors.map(({ reason, message }) => ({ reason, message })),
  }),
);
process.exit();
