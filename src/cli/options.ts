import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from '#src/cli/io.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * The arguments of a command by its own table of options.
 * @throws UsageError with one sentence that names the options there are
 */
export function readOptions<const Table extends Options>(args: readonly string[], table: Table) {
  try {
    return parseArgs({ args: joinNegativeNumbers(args), options: table, allowPositionals: true, strict: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. To specify')[0] : String(error);
    const names = Object.keys(table).map((name) => `--${name}`);
    throw new UsageError(`${reason}; the options are: ${names.join(', ')}.`);
  }
}

/** `--steps -1` is a value out of range and not an option called `-1`. */
function joinNegativeNumbers(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const last = joined.at(-1);
    if (/^-\d/.test(arg) && last?.startsWith('--') === true && !last.includes('=')) joined[joined.length - 1] = `${last}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}
