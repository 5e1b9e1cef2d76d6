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

test('ids of Mattermost are pseudonyms, as its tokens are, but for those that are known to be of no person', () => {
  const [ada, token, channel] = ['qkz3zrh7s3rb5g8x6xb1ou6i7c', 'w6bx8f3j7tyjmx4ckpm8ah9huo', 'c4n8fy1xh3bmbyh7p5o1ebs7ua'] as const;
  const text = written((log) => {
    log.warn({ roomId: channel, what: { postId: channel } }, 'a channel');
    log.info({ channelId: channel }, `GET /users/${ada} of ${ada}__${token} with ${token}`);
    log.error({ err: new Error(`reaction:${ada}:${ada}:+1`) }, `Authorization: Bearer ${token}`);
    log.info({ digest: `${ada}0` }, 'another form');
  });
  for (const secret of [ada, token]) assert.ok(!new RegExp(`${secret}(?!0)`).test(text), text);
  assert.equal(text.split(channel).length - 1, 3, text);
  assert.ok(text.includes(`"digest":"${ada}0"`), 'nothing else is taken for one');
  assert.equal(redactText(`/users/${ada}`), `/users/${pseudonym(ada)}`);
  for (const line of text.trim().split('\n')) assert.doesNotThrow(() => JSON.parse(line) as unknown);
});

test('the same person has the same pseudonym', () => {
  assert.equal(
    redactText('@ada:example.org left, @ada:example.org came'),
    `${pseudonym('@ada:example.org')} left, ${pseudonym('@ada:example.org')} came`,
  );
  assert.notEqual(pseudonym('@ada:example.org'), pseudonym('@bob:example.org'));
});
