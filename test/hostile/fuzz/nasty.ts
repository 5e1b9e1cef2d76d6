/** What people send who mean no good: the pieces that the generators put together. */
import fc from 'fast-check';
import { optionNames, optionRow } from '#core/options.ts';
import { verbs } from '#core/verbs.ts';

const words = (list: string): readonly string[] => list.split(' ');

/** Keys that every object seems to have. */
export const prototypeKeys = words(
  '__proto__ constructor prototype toString valueOf hasOwnProperty isPrototypeOf __defineGetter__ then length',
);

const templates = words('{prompt} ${prompt} {{prompt}} %s {0} $& $1 $` <%=x%> `id` $(id) ;id |id &&id #{x} {prompt:0} \\{prompt\\}');
const markup = [
  ...words('<script>alert(1)</script> <img/src=x/onerror=alert(1)> </code></pre><h1>x <mx-reply>x</mx-reply> &lt; &#60; ]]> <!--'),
  '<a href="javascript:alert(1)">x</a>',
  '<font data-mx-color="#f00">x</font>',
  '[x](javascript:alert(1))',
  '@room',
  '@channel',
  '@here',
  '<@ada:small.test>',
  '@ada:small.test',
  'https://matrix.to/#/@ada:small.test',
];
const paths = [
  ...words('../../etc/passwd ..\\..\\windows /etc/shadow file:///etc/passwd C:\\x con nul . .. ~root %2e%2e%2f models/../../x'),
  'mxc://127.0.0.1/../x',
  'http://169.254.169.254/latest/meta-data',
];
const invisible = [
  ...words('\u200b \u202e \u2066 \u2069 \u200d \ufeff \u00ad \ud800 \udfff e\u0301 \u0301\u0301\u0301 ﷽ 🦊 👩‍🚀 ß ı İ Ⅷ'),
  '\0',
  '\n',
  '\r',
  '\t',
  '\u00a0',
  '\u2028',
  '\u001b[2J',
  '\u0007',
];
const numbers = words('-1 0 1e999 NaN Infinity 1e3 0x10 ٣ 9007199254740993 4294967296 100000000000000000000 1,5 1.5.5 -0 ∞');
const flags = [
  ...optionNames.flatMap((name) => {
    const { flag, aliases, germanAliases, example } = optionRow(name);
    return [flag, ...aliases, ...germanAliases].flatMap((each) => [
      `--${each}`,
      `--${each} ${example}`,
      `—${each}`,
      `--${each}=`,
      `-${each}`,
    ]);
  }),
  ...words(
    '-- — – - --= --__proto__ --constructor --model=../x {a,b} {a,{b,c}} {{{{ }}}} {,} {a|b} \\{ \\ " „ “ \' ( ) [ ] (x:9e9) ((((( :1.3)',
  ),
];
const commands = Object.values(verbs).flatMap(({ names }) => [...names.en, ...names.de]);
const places = words('k7f3 k7f3/A1 A1 Z99 a0 7:00 Mon-Fri */5 * 22:00-06:00 Europe/Berlin since:today maxCount x4 limits 1d');

export const nastyWord = fc.oneof(
  fc.constantFrom(...prototypeKeys),
  fc.constantFrom(...templates),
  fc.constantFrom(...markup),
  fc.constantFrom(...paths),
  fc.constantFrom(...invisible),
  fc.constantFrom(...numbers),
  fc.constantFrom(...flags),
  fc.constantFrom(...commands),
  fc.constantFrom(...places),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);

/** A line that often begins with a command, now and then long enough to show what grows too fast. */
export const nastyText = fc
  .record({
    head: fc.constantFrom('', '!img ', '!bild ', '!IMG\u200b ', ' !img\n'),
    verb: fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 3, arbitrary: fc.constantFrom(...commands) }),
    parts: fc.array(fc.tuple(nastyWord, fc.constantFrom('', ' ', ' ', '  ')), { maxLength: 16 }),
    times: fc.oneof({ weight: 40, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 400 }) }),
  })
  .map(({ head, verb, parts, times }) => `${head}${verb} ${parts.flat().join('').repeat(times)}`);
