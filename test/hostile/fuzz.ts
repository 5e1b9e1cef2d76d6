/**
 * `npm run fuzz`: strangers' bytes by the hundred thousand, from a new seed each time.
 *
 *   npm run fuzz                        every door, more than 100,000 cases, some minutes
 *   npm run fuzz -- --only NAME         one of them (several times for several)
 *   npm run fuzz -- --cases N           so many cases of each
 *   npm run fuzz -- --seed S            the same cases again; with --path P straight to the one that failed
 *
 * Ends with 1 where a case failed: it is printed as small as it could be made, with the seed and the path that lead to it.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runTarget } from './fuzz/run.ts';
import { targets } from './fuzz/targets.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, cases: { type: 'string' }, seed: { type: 'string' }, path: { type: 'string' } },
});

function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^-?\d{1,10}$/u.test(text)) return Number(text);
  process.stderr.write(`${flag} takes a whole number, not «${text}»: for example ${flag} 1000.\n`);
  return process.exit(2);
}

const unknown = values.only?.find((name) => !targets.some((one) => one.name === name));
if (unknown !== undefined) {
  process.stderr.write(`There is no door «${unknown}»; these are: ${targets.map(({ name }) => name).join(', ')}.\n`);
  process.exit(2);
}
const cases = wholeNumber('--cases', values.cases);
const seed = wholeNumber('--seed', values.seed) ?? randomInt(2 ** 31);
const chosen = targets.filter(({ name }) => values.only?.includes(name) ?? true);

process.stdout.write(`Seed ${seed}\n`);
let total = 0;
for (const one of chosen) {
  const count = cases ?? one.nightly;
  process.stdout.write(`${one.name}: ${one.what} …\n`);
  const outcome = await runTarget(one, { cases: count, seed, ...(values.path === undefined ? {} : { path: values.path }) });
  total += outcome.cases;
  const seconds = (outcome.ms / 1000).toFixed(1);
  if (outcome.failure === undefined) {
    process.stdout.write(`${one.name}: ${outcome.cases} cases in ${seconds} s, none failed\n`);
    continue;
  }
  process.exitCode = 1;
  process.stdout.write(`${one.name}: FAILED after ${outcome.cases} cases, ${seconds} s\n${outcome.failure}\n`);
  process.stdout.write(`Again: npm run fuzz -- --only ${one.name} --seed ${seed}${cases === undefined ? '' : ` --cases ${cases}`}\n`);
}
process.stdout.write(`${total} cases in all, seed ${seed}\n`);
