import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, DeliveryError } from '#core/errors.ts';
import { World } from './world.ts';

const JOB_ID = /\b[2-9a-z]{4,}\b/;

test('a prompt becomes one acknowledged job, its pictures and a timing line in the place of the acknowledgement', async () => {
  await using world = await World.open();
  const command = world.say('!img a red fox --n 3 --seed 42');
  await world.settled();
  assert.deepEqual(
    world.engine.made.map(({ seed, prompt, steps }) => ({ seed, prompt, steps })),
    [42, 43, 44].map((seed) => ({ seed, prompt: 'a red fox', steps: 4 })),
  );
  assert.equal(world.platform.texts.length, 1);
  assert.match(world.platform.texts[0] ?? '', /^3 images 16×16 in .* each · waited .* · Tiny · CPU/);
  assert.equal(world.platform.images.length, 3);
  for (const { delivery, text } of world.platform.images) {
    assert.equal(delivery.threadId, command);
    assert.match(text, /AI-generated/);
  }
  assert.match(world.platform.posts[0]?.delivery.transactionId ?? '', new RegExp(`^answer-.*${command.slice(1)}$`));
});

test('bad input is answered with one sentence and nothing is queued', async () => {
  await using world = await World.open();
  const inputs = [
    '!img --n 4',
    `!img ${'x'.repeat(10_240)}`,
    '!img fox --sed 4',
    '!img fox --n 0',
    '!img fox --n 10000',
    '!img fox --size 9999x9999',
    '!img fox --steps -1',
    '!img fox --seed NaN',
    '!img fox --model nope',
  ];
  for (const input of inputs) world.say(input);
  await world.settled();
  assert.equal(world.engine.made.length, 0);
  assert.equal(world.platform.texts.length, inputs.length);
  for (const { delivery } of world.platform.posts) assert.equal(delivery.event?.type, 'error');
});

test('talk that is not for the bot is left alone', async () => {
  await using world = await World.open();
  world.say('good morning');
  world.say('we should !img this');
  await world.settled();
  assert.deepEqual(world.platform.posts, []);
});

test('German is answered in German, and a room keeps the language it was given', async () => {
  await using world = await World.open();
  world.say('!bild ein Fuchs');
  await world.settled();
  assert.match(world.platform.texts[0] ?? '', /^1 Bild 16×16 in .* gewartet/);
  world.say('!img lang de');
  world.say('!img help');
  await world.settled();
  assert.match(world.platform.texts.at(-1) ?? '', /Schreib/);
});

test('people take turns: one picture of a newcomer does not wait for twenty of another', async () => {
  await using world = await World.open();
  const gate = Promise.withResolvers<void>();
  world.engine.gate = gate.promise;
  world.say('!img a fox --n 20', { from: '@ada:room' });
  await world.until(() => world.engine.made.length === 1, 'the first picture to begin');
  world.say('!img a cat', { from: '@bob:room' });
  await world.until(() => world.store.jobs.open().length === 2, 'the second job');
  gate.resolve();
  await world.settled();
  const order = world.engine.made.map(({ prompt }) => prompt);
  assert.equal(order.indexOf('a cat'), 1);
  assert.equal(order.length, 21);
});

test('a full queue refuses in words, for everybody and for one person', async () => {
  await using world = await World.open({ maxWaitingJobs: 3, maxWaitingJobsPerPerson: 2 });
  world.engine.gate = new Promise(() => {});
  for (const from of ['@ada:room', '@ada:room', '@ada:room', '@bob:room', '@bob:room']) world.say('!img a fox', { from });
  await world.until(() => world.platform.texts.length === 5, 'five answers');
  const codes = world.platform.posts.map(({ delivery }) => delivery.event?.code ?? 'accepted');
  assert.deepEqual(codes, ['accepted', 'accepted', 'person_queue_full', 'accepted', 'queue_full']);
  assert.equal(world.store.jobs.open().length, 3);
});

test('cancel stops a running job between two steps and a waiting one at once, each with one end', async () => {
  await using world = await World.open();
  world.engine.gate = new Promise(() => {});
  world.say('!img a fox');
  world.say('!img a cat');
  await world.until(() => world.engine.made.length === 1 && world.store.jobs.open().length === 2, 'one running, one waiting');
  world.say('!img cancel mine');
  await world.settled();
  const ends = world.platform.posts.filter(({ delivery }) => delivery.event?.type === 'ack').map(({ text }) => text);
  assert.equal(ends.length, 2);
  for (const end of ends) assert.match(end, /cancelled/);
  assert.equal(world.platform.images.length, 0);
});

test('only the asker and admins cancel a job', async () => {
  await using world = await World.open();
  world.engine.gate = new Promise(() => {});
  world.say('!img a fox', { from: '@ada:room' });
  await world.until(() => world.engine.made.length === 1, 'the job to run');
  const id = world.store.jobs.open()[0]?.id ?? '';
  world.say(`!img cancel ${id}`, { from: '@bob:room' });
  // Says that it is an admin's, but the platform no longer agrees.
  world.say(`!img cancel ${id}`, { from: '@bob:room', isAdmin: true });
  await world.until(() => world.platform.texts.length === 3, 'two refusals');
  assert.deepEqual(
    world.platform.posts.slice(1).map(({ delivery }) => delivery.event?.code),
    ['not_your_job', 'not_your_job'],
  );
  world.platform.admins = ['@bob:room'];
  world.say(`!img cancel ${id}`, { from: '@bob:room', isAdmin: true });
  await world.settled();
  assert.match(world.platform.texts[0] ?? '', /cancelled/);
});

test('a job of another room is not known here', async () => {
  await using world = await World.open();
  world.say('!img a secret plan', { room: '!other' });
  await world.settled();
  const id = /\b[2-9a-z]{4,}$/.exec(world.platform.texts[0] ?? '')?.[0] ?? '';
  world.say(`!img info ${id}`);
  await world.settled();
  assert.match(id, JOB_ID);
  assert.doesNotMatch(world.platform.texts.at(-1) ?? '', /secret/);
  assert.equal(world.platform.posts.at(-1)?.delivery.event?.code, 'unknown_job');
});

test('reactions repeat, explain and cancel; other emoji do nothing', async () => {
  await using world = await World.open();
  world.say('!img a fox --seed 7');
  await world.settled();
  const picture = world.platform.images[0];
  assert.ok(picture);
  world.react('🔁', picture.id);
  await world.settled();
  assert.equal(world.engine.made.length, 2);
  assert.equal(world.engine.made[1]?.prompt, 'a fox');
  assert.notEqual(world.engine.made[1]?.seed, 7);
  world.react('ℹ️', picture.id);
  await world.settled();
  assert.match(world.platform.texts.at(-1) ?? '', /Seed\s+7/);
  const before = world.platform.posts.length;
  world.react('👍', picture.id);
  await world.settled();
  assert.equal(world.platform.posts.length, before);
});

test('a withdrawn command takes its job with it', async () => {
  await using world = await World.open();
  world.engine.gate = new Promise(() => {});
  const command = world.say('!img a fox');
  await world.until(() => world.engine.made.length === 1, 'the job to run');
  world.redact(command);
  await world.settled();
  assert.equal(world.store.jobs.open().length, 0);
  assert.match(world.platform.texts[0] ?? '', /cancelled/);
});

test('a picture that ends the engine is tried once more, then the job says so', async () => {
  await using world = await World.open();
  world.engine.failures = [new AppError('engine_crashed')];
  world.say('!img a fox --seed 5');
  await world.settled();
  assert.deepEqual(
    world.engine.made.map(({ seed }) => seed),
    [5, 5],
  );
  assert.equal(world.platform.images.length, 1);
  world.engine.failures = [new AppError('engine_crashed'), new AppError('engine_crashed')];
  world.say('!img a cat');
  await world.settled();
  assert.equal(world.platform.images.length, 1);
  assert.match(world.platform.texts.at(-1) ?? '', /failed/);
  assert.equal(world.store.jobs.open().length, 0);
});

test('an unforeseen breakage is told in plain words, without its message', async () => {
  await using world = await World.open();
  world.engine.failures = [new Error('ENOENT /secret/path')];
  world.say('!img a fox');
  await world.settled();
  assert.match(world.platform.texts[0] ?? '', /failed/);
  assert.doesNotMatch(world.platform.texts[0] ?? '', /secret/);
});

test('after a restart the rest is made with the same seeds and answered once', async () => {
  await using world = await World.open();
  world.engine.onBegin = (picture) => {
    world.engine.gate = picture === 3 ? new Promise(() => {}) : Promise.resolve();
  };
  world.say('!img a fox --n 4 --seed 100');
  await world.until(() => world.engine.made.length === 3, 'the third picture to begin');
  await world.restart();
  await world.settled();
  const seeds = world.platform.images.map(({ delivery }) => (delivery.content.kind === 'image' ? delivery.content.image.seed : 0));
  assert.deepEqual(
    seeds.toSorted((a, b) => a - b),
    [100, 101, 102, 103],
  );
  assert.equal(world.platform.texts.length, 1);
  assert.match(world.platform.texts[0] ?? '', /^4 images/);
});

test('an event that was stored and not handled before the end is handled after the start', async () => {
  await using world = await World.open();
  await world.bot.close();
  world.say('!img a fox');
  assert.equal(world.engine.made.length, 0);
  world.reopenStore();
  await world.startBot();
  await world.settled();
  assert.equal(world.platform.images.length, 1);
});

test('a delivery of unknown outcome is sent again under the same id and read once', async () => {
  await using world = await World.open();
  const attempts: string[] = [];
  world.platform.onSend = ({ transactionId, content }) => {
    attempts.push(transactionId);
    if (content.kind === 'image' && attempts.filter((id) => id === transactionId).length === 1)
      throw new DeliveryError('uncertain', 'connection lost');
  };
  world.say('!img a fox');
  await world.settled();
  assert.equal(world.platform.images.length, 1);
  const image = world.platform.images[0]?.delivery.transactionId;
  assert.equal(attempts.filter((id) => id === image).length, 2);
});

test('a picture that the server refuses is reported, and the job still ends', async () => {
  await using world = await World.open();
  world.platform.onSend = ({ content }) => {
    if (content.kind === 'image') throw new DeliveryError('rejected', 'too large');
  };
  world.say('!img a fox');
  await world.settled();
  assert.equal(world.platform.texts.length, 2);
  assert.ok(world.platform.texts.some((text) => text.startsWith('1 image')));
  assert.ok(world.platform.texts.some((text) => text.includes('refused a picture')));
});

test('a rate limit is waited out, and then the end of the job comes before its pictures', async () => {
  await using world = await World.open();
  const arrived: string[] = [];
  let limited = 0;
  world.platform.onSend = async ({ content, event }) => {
    if (content.kind === 'image' && limited < 1) {
      limited++;
      throw new DeliveryError('rate_limited', 'slow down', { retryAfterMs: 300 });
    }
    if (content.kind !== 'edit' || event?.type === 'done') arrived.push(content.kind);
  };
  const startedAt = Date.now();
  world.say('!img a fox');
  await world.settled();
  assert.ok(Date.now() - startedAt >= 300);
  assert.deepEqual(arrived, ['text', 'edit', 'image']);
});

test('an event that can not be carried out is answered, and those behind it are not held up', async () => {
  await using world = await World.open();
  const add = world.store.jobs.add.bind(world.store.jobs);
  let calls = 0;
  world.store.jobs.add = (job) => {
    if ((calls += 1) === 1) throw new Error('disk full');
    add(job);
  };
  world.say('!img a fox');
  world.say('!img a cat');
  await world.settled();
  assert.equal(world.platform.posts.filter(({ delivery }) => delivery.event?.type === 'error').length, 1);
  assert.equal(world.platform.images.length, 1);
});

test('where the platform can not be asked for rights, nobody is an admin', async () => {
  await using world = await World.open();
  world.engine.gate = new Promise(() => {});
  world.platform.isAdmin = async () => Promise.reject(new Error('offline'));
  world.say('!img a fox', { from: '@ada:room' });
  await world.until(() => world.engine.made.length === 1, 'the job to run');
  world.say(`!img cancel ${world.store.jobs.open()[0]?.id}`, { from: '@bob:room', isAdmin: true });
  await world.until(() => world.platform.texts.length === 2, 'an answer');
  assert.equal(world.platform.posts.at(-1)?.delivery.event?.code, 'not_your_job');
});

test('where the server refuses the edit that ends a job, the end is a message of its own', async () => {
  await using world = await World.open();
  world.platform.onSend = ({ content, event }) => {
    if (content.kind === 'edit' && event?.type === 'done') throw new DeliveryError('rejected', 'editing is off');
  };
  world.say('!img a fox');
  await world.settled();
  assert.equal(world.platform.texts.filter((text) => text.startsWith('1 image')).length, 1);
});

test('a store that fails for a while costs time and nothing else', async () => {
  await using world = await World.open();
  const claimNext = world.store.jobs.claimNext.bind(world.store.jobs);
  const next = world.store.outbox.next.bind(world.store.outbox);
  let failing = 3;
  world.store.jobs.claimNext = (nowMs) => {
    if (failing-- > 0) throw new Error('SQLITE_FULL');
    return claimNext(nowMs);
  };
  world.store.outbox.next = (...args) => {
    if (failing-- > 0) throw new Error('SQLITE_FULL');
    return next(...args);
  };
  world.say('!img a fox');
  await world.settled();
  assert.equal(world.platform.images.length, 1);
});

test('a picture that can not be stored ends its job, and nothing of the job comes after that', async () => {
  await using world = await World.open();
  const gate = Promise.withResolvers<void>();
  world.engine.onBegin = (picture) => {
    if (picture === 2) world.engine.gate = gate.promise;
  };
  const finishPicture = world.store.jobs.finishPicture.bind(world.store.jobs);
  let failing = 1;
  world.store.jobs.finishPicture = (...args) => {
    if (failing-- > 0) throw new AppError('image_store_full');
    finishPicture(...args);
  };
  world.say('!img a fox --n 3');
  await world.settled();
  assert.match(world.platform.texts[0] ?? '', /failed/);
  gate.resolve();
  world.say('!img help');
  await world.settled();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.match(world.platform.texts[0] ?? '', /failed/);
  assert.equal(world.platform.images.length, 0);
  assert.ok(world.engine.made.length <= 2);
});

test('a picture that the store refuses for a while is made once more, and its job ends', async () => {
  await using world = await World.open();
  const finishPicture = world.store.jobs.finishPicture.bind(world.store.jobs);
  const end = world.store.jobs.end.bind(world.store.jobs);
  let failing = 2;
  const failAtFirst = (): void => {
    if (failing-- > 0) throw new Error('SQLITE_FULL');
  };
  world.store.jobs.finishPicture = (...args) => {
    failAtFirst();
    finishPicture(...args);
  };
  world.store.jobs.end = (...args) => {
    failAtFirst();
    end(...args);
  };
  world.say('!img a fox --seed 5');
  await world.settled();
  assert.deepEqual(
    world.engine.made.map(({ seed }) => seed),
    [5, 5],
  );
  assert.equal(world.platform.images.length, 1);
  assert.equal(world.platform.texts.length, 1);
});

test('a cancelled job ends also when the store fails just then', async () => {
  await using world = await World.open();
  world.engine.gate = new Promise(() => {});
  world.say('!img a fox');
  world.say('!img a cat');
  await world.until(() => world.store.jobs.open().length === 2, 'one running, one waiting');
  const end = world.store.jobs.end.bind(world.store.jobs);
  let failing = 1;
  world.store.jobs.end = (...args) => {
    if (failing-- > 0) throw new Error('SQLITE_FULL');
    end(...args);
  };
  world.say('!img cancel mine');
  await world.settled();
  assert.equal(world.platform.texts.filter((text) => text.includes('cancelled')).length, 2);
  assert.equal(world.platform.posts.filter(({ delivery }) => delivery.event?.type === 'error').length, 0);
});

test('a job that is done before its acknowledgement could be edited again costs no progress message', async () => {
  await using world = await World.open();
  world.platform.editIntervalMs = 10_000;
  world.say('!img a red fox');
  await world.settled();
  assert.equal(world.platform.posts[0]?.edits, 1, 'the timing line alone');
  world.platform.editIntervalMs = 0;
  world.say('!img a red fox');
  await world.settled();
  assert.ok(
    (world.platform.posts.findLast(({ delivery }) => delivery.content.kind === 'text')?.edits ?? 0) > 1,
    'progress and the timing line',
  );
});

test('a job that a reaction asked for stands in the thread of the first one, in the language of the room', async () => {
  await using world = await World.open();
  const command = world.say('!img a fox');
  await world.settled();
  world.say('!img lang de');
  world.react('🔁', world.platform.images[0]?.id ?? command);
  await world.settled();
  assert.equal(world.engine.made.length, 2);
  assert.equal(world.platform.images[1]?.delivery.threadId, command);
  assert.match(world.platform.images[1]?.text ?? '', /KI-generiert/);
  world.say('!img info', { threadId: command, from: '@bob:room' });
  await world.settled();
  assert.match(world.platform.texts.at(-1) ?? '', new RegExp(`Seed +${world.engine.made[1]?.seed}\\b`));
});

test('cancel as a reply to a finished job leaves other jobs alone', async () => {
  await using world = await World.open();
  const first = world.say('!img a fox');
  await world.settled();
  world.engine.gate = new Promise(() => {});
  world.say('!img a cat');
  await world.until(() => world.engine.made.length === 2, 'the second job to run');
  world.say('!img cancel', { replyTo: first });
  await world.until(() => world.platform.texts.length === 3, 'an answer');
  assert.equal(world.platform.posts.at(-1)?.delivery.event?.code, 'already_finished');
  assert.equal(world.store.jobs.open()[0]?.cancelRequested, false);
});

test('a picture that is refused is reported in the language of its job', async () => {
  await using world = await World.open();
  world.platform.onSend = ({ content }) => {
    if (content.kind === 'image') throw new DeliveryError('rejected', 'too large');
  };
  world.say('!bild ein Fuchs');
  await world.settled();
  assert.ok(world.platform.texts.some((text) => text.includes('abgelehnt')));
});

test('a clock that is set back holds up no answer', async (t) => {
  const realNow = Date.now.bind(Date);
  let shift = 0;
  t.mock.method(Date, 'now', () => realNow() + shift);
  await using world = await World.open();
  let limited = 0;
  world.platform.onSend = ({ content }) => {
    if (content.kind !== 'text' || limited++ > 0) return;
    setTimeout(() => (shift -= 3_600_000), 50);
    throw new DeliveryError('rate_limited', 'slow down', { retryAfterMs: 200 });
  };
  world.say('!img a fox');
  await world.bot.idle();
  assert.equal(world.platform.images.length, 1);
});

test('hundreds of events that waited do not hold up the rest of the process', async () => {
  await using world = await World.open();
  await world.bot.close();
  for (let i = 0; i < 300; i++) world.say('!img help');
  world.reopenStore();
  await world.startBot();
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(world.store.unhandled().length > 0, 'everything was handled before a timer had its turn');
  await world.settled();
  assert.equal(world.platform.texts.length, 300);
});

test('what is old is forgotten every hour; where that fails the bot goes on, and only a full disk is not told here', async (t) => {
  await using world = await World.open();
  await world.bot.close();
  t.mock.timers.enable({ apis: ['setInterval'] });
  const broken = new Error('SQLITE_IOERR');
  const failures = [new AppError('disk_full'), new AppError('disk_full'), broken, broken, undefined, broken];
  let calls = 0;
  world.store.prune = () => {
    const failure = failures[calls++];
    if (failure !== undefined) throw failure;
  };
  await world.startBot();
  for (let hour = 1; hour < failures.length; hour++) t.mock.timers.tick(3600 * 1000);
  assert.deepEqual([calls, world.errors], [failures.length, [broken, broken]], 'once, and again after it was well');
  await world.asks('!img a fox');
  assert.equal(world.platform.images.length, 1);
});
