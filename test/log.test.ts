import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, pseudonym, redactText } from '#src/log.ts';

/** What a log wrote. */
function written(write: (log: ReturnType<typeof createLog>) => void): string {
  let text = '';
  write(createLog('debug', { write: (line: string) => void (text += line) }));
  return text;
}

test('no prompt, token or user id reaches the log, wherever it stands', () => {
  const canaries = ['syt_Y2FuYXJ5_canarytoken', 'my secret prompt', '@ada:example.org', 'opaque-canary', '@Ada', '@ada:['];
  const [token, prompt, user] = canaries as [string, string, string, ...string[]];
  const text = written((log) => {
    log.info({ prompt, sender: user, request: { prompt, negativePrompt: prompt }, deep: { a: { accessToken: token } } }, 'fields');
    log.warn({ err: new Error(`GET /sync?access_token=${token} failed for ${user}`) }, 'an error');
    log.error({ headers: `Authorization: Bearer ${token}` }, `message about ${user}`);
    log.error({ err: new Error('outer', { cause: new Error(`token=${token} of ${user}`) }) }, 'an error with a cause');
    log.error(
      { answer: JSON.stringify({ access_token: 'opaque-canary' }), a: { b: { c: { d: { access_token: 'opaque-canary' } } } } },
      'JSON',
    );
    log.error({ historical: '@Ada[m]:example.org and @ada:[::1]:8448' }, 'ids of other servers');
  });
  for (const canary of canaries) assert.ok(!text.includes(canary), `${canary} in ${text}`);
  assert.equal(text.trim().split('\n').length, 6);
  for (const line of text.trim().split('\n')) assert.doesNotThrow(() => JSON.parse(line) as unknown);
});

test('the same person has the same pseudonym', () => {
  assert.equal(
    redactText('@ada:example.org left, @ada:example.org came'),
    `${pseudonym('@ada:example.org')} left, ${pseudonym('@ada:example.org')} came`,
  );
  assert.notEqual(pseudonym('@ada:example.org'), pseudonym('@bob:example.org'));
});
