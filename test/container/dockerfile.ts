/** A Dockerfile as data: enough of its grammar for our own, https://docs.docker.com/reference/dockerfile/. */

export type Instruction = {
  readonly keyword: string;
  /** `--from=packages` as `{ from: 'packages' }`. */
  readonly flags: Readonly<Record<string, string>>;
  /** What stands behind keyword and flags, continuation lines joined. */
  readonly text: string;
};

export type Stage = { readonly image: string; readonly name: string | undefined; readonly instructions: readonly Instruction[] };

export function parseDockerfile(source: string): readonly Stage[] {
  const stages: { image: string; name: string | undefined; instructions: Instruction[] }[] = [];
  const lines = source
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  for (const line of lines) {
    const instruction = parseInstruction(line.trim());
    if (instruction.keyword === 'FROM') {
      const [image = '', , name] = instruction.text.split(/\s+/);
      stages.push({ image, name, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`${instruction.keyword} stands before FROM`);
      stage.instructions.push(instruction);
    }
  }
  return stages;
}

function parseInstruction(line: string): Instruction {
  const match = /^([A-Z]+)\s+((?:--\S+\s+)*)(.*)$/s.exec(line);
  if (match === null) throw new Error(`This is no instruction: ${line}`);
  const [, keyword = '', flags = '', text = ''] = match;
  const pairs = flags
    .split(/\s+/)
    .filter((flag) => flag !== '')
    .map((flag) => flag.replace(/^--/, '').split('=', 2) as [string, string]);
  return { keyword, flags: Object.fromEntries(pairs), text: text.trim() };
}

/** `["node", "-e", "…"]` behind CMD or HEALTHCHECK CMD. */
export const execForm = (text: string): readonly string[] => JSON.parse(text.replace(/^CMD\s+/, '')) as string[];

/** `NAME=value NAME=value` of ENV. */
export const assignments = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(text.split(/\s+/).map((pair) => pair.split('=', 2) as [string, string]));

/** Whether a `.dockerignore` lets this path of the context into the build; the last rule that fits decides. */
export function isInContext(path: string, dockerignore: string): boolean {
  let included = true;
  for (const line of dockerignore.split('\n')) {
    const rule = line.trim();
    if (rule === '' || rule.startsWith('#')) continue;
    const isException = rule.startsWith('!');
    const pattern = rule.replace(/^!/, '').replace(/\/$/, '');
    if (/[*?[]/.test(pattern) && pattern !== '*') throw new Error(`A pattern that this reader does not know: ${rule}`);
    if (pattern === '*' || path === pattern || path.startsWith(`${pattern}/`)) included = isException;
  }
  return included;
}
