// Loaded before the program: the wall clock is as far ahead as the file says, which may change at any time.
import { readFileSync } from 'node:fs';

const file = process.env['TEST_CLOCK_FILE'];
const RealDate = globalThis.Date;
let aheadMs = 0;

const read = () => {
  const said = Number(readFileSync(file, 'utf8'));
  if (Number.isFinite(said)) aheadMs = said;
};

if (file !== undefined) {
  read();
  setInterval(read, 20).unref();
  const now = () => RealDate.now() + aheadMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (_, args, target) => Reflect.construct(RealDate, args.length === 0 ? [now()] : args, target),
    apply: () => new RealDate(now()).toString(),
    get: (date, name) => (name === 'now' ? now : Reflect.get(date, name)),
  });
}
