import assert from 'node:assert/strict';
import { it } from 'node:test';
import { performancePage } from './page.ts';

it('the page says how each section is measured again, what was not met and that there was no GPU', () => {
  const page = performancePage(
    [['GPU', 'none was at hand for this run']],
    [
      { name: 'peers-sd15', title: 'On the CPU', outcome: { rows: [{ name: 'ratio', value: 0.7, unit: '×', target: 0.67 }] }, seconds: 60 },
      { name: 'peers-gpu', title: 'On a GPU', outcome: { skip: 'no GPU was at hand for this run' }, seconds: 0 },
    ],
  );
  for (const part of [
    '_`npm run bench -- --peers --only peers-sd15`, 60 s_',
    '- not met: On the CPU: ratio, 0.7 ×',
    '- skipped: On a GPU: no GPU was at hand for this run',
    '| GPU          | none was at hand for this run |',
  ])
    assert.ok(page.includes(`${part}\n`), part);
});
