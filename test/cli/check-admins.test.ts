/** Whether `doctor` says that everybody who administers a room administers the bot. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAdmins } from '#src/cli/check-admins.ts';
import type { Config } from '#src/config.ts';

const matrix = { homeserverUrl: 'https://matrix.example.org' } as NonNullable<Config['matrix']>;

test('a tip where Matrix is configured and nobody is named', () => {
  const [tip, ...more] = checkAdmins({ matrix, admins: [] });
  assert.deepEqual([tip?.ok, more.length], [true, 0], 'nothing is broken');
  assert.match(tip?.what ?? '', /^TIP .*every room/u);
  assert.match(tip?.advice ?? '', /admins: \['@ada:example\.org'\]/u);
});

test('the same where Mattermost is', () => {
  const mattermost = { serverUrl: 'https://chat.example.org' } as NonNullable<Config['mattermost']>;
  const [tip] = checkAdmins({ mattermost, admins: [] });
  assert.match(`${tip?.what} ${tip?.advice}`, /^TIP .*ids of Mattermost accounts/u);
  assert.deepEqual(checkAdmins({ mattermost, admins: ['k'.repeat(26)] }), []);
});

test('none where somebody is named, or only this machine is served', () => {
  assert.deepEqual(checkAdmins({ matrix, admins: ['@ada:example.org'] }), []);
  assert.deepEqual(checkAdmins({ admins: [] }), []);
});

test('a tip for a server whose people were all left out', () => {
  const mattermost = { serverUrl: 'https://chat.example.org' } as NonNullable<Config['mattermost']>;
  const [ada, account] = ['@ada:example.org', 'k'.repeat(26)];
  const tips = (admins: readonly string[]): readonly string[] => checkAdmins({ matrix, mattermost, admins }).map(({ what }) => what);
  assert.deepEqual(tips([ada, account]), []);
  assert.match(tips([ada]).join(), /^TIP Of the people on Mattermost nobody is named/u);
  assert.match(tips([account]).join(), /^TIP Of the people on Matrix nobody is named/u);
  assert.match(checkAdmins({ mattermost, admins: [ada] })[0]?.advice ?? '', /add the 26 letters and digits of an account to admins/u);
});
