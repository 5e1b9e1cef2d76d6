/** The program in a network without an outside: nothing that it or a part of it does even tries to leave. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { synapseSkipReason } from '../e2e/synapse/server.ts';
import { inNamespace } from './namespace.ts';
import { straceSkipReason } from './strace.ts';
import type { Outcome } from './steps.ts';

const skip = (await straceSkipReason()) ?? false;
const noSynapse = (await synapseSkipReason()) ?? false;
const patienceMs = 240_000;

function assertSilent(outcome: Outcome): void {
  assert.deepEqual(outcome.findings, []);
  // A proof that looked at nothing would hold as well: the parts that could reach out by themselves were there.
  assert.ok(outcome.seen > 1000, `${outcome.seen} calls were seen`);
  for (const native of [/^onnxruntime_binding\.node$/u, /^libonnxruntime\.so/u, /^sharp-.*\.node$/u])
    assert.ok(
      outcome.natives.some((name) => native.test(name)),
      `${native} was not loaded: ${outcome.natives.join(', ')}`,
    );
  assert.deepEqual(
    outcome.left.filter((path) => /microsoft|onnx/iu.test(path)),
    [],
    'no device id of onnxruntime',
  );
}

// They mostly wait: onnxruntime reaches out nine seconds after its first session.
describe('the proof', { skip, concurrency: 4 }, () => {
  for (const [what, expected] of [
    ['fetch', /^connect to 192\.0\.2\.1:80$/u],
    ['fetch in a process of its own', /^connect to 192\.0\.2\.1:80$/u],
    ['getaddrinfo', /^a name was about to be looked up: \/etc\/hosts$/u],
    ['DNS without the system', /:53( \(DNS\))?$/u],
    ['a datagram', /^sendmsg to 192\.0\.2\.1:9$/u],
    ['another port of this machine', /^connect to 127\.0\.0\.1:8448$/u],
    ['onnxruntime as it comes', /^a name was about to be looked up: \/etc\/hosts$/u],
  ] as const)
    test(`can fail: ${what}`, async () => {
      const { findings, did } = await inNamespace('control', what, patienceMs);
      assert.deepEqual(did, [`done: ${what}`]);
      assert.ok(
        findings.some((finding) => expected.test(finding)),
        findings.join('\n'),
      );
    });

  test('onnxruntime, as this program loads it, sends no telemetry and leaves no device id', async () => {
    const { findings, left, natives } = await inNamespace('control', 'onnxruntime as this program loads it', patienceMs);
    assert.deepEqual(findings, []);
    assert.deepEqual(left, []);
    assert.ok(natives.includes('onnxruntime_binding.node'));
  });
});

describe('nothing leaves', { skip, concurrency: 1 }, () => {
  test('the command line reaches nothing', async () => {
    const outcome = await inNamespace('commandLine', 'bounded', patienceMs);
    assertSilent(outcome);
    assert.equal(outcome.allowed, 0);
  });

  test('the local room alone reaches nothing', async () => {
    const outcome = await inNamespace('localRoom', 'bounded', patienceMs);
    assertSilent(outcome);
    assert.equal(outcome.allowed, 0);
  });

  test('with a homeserver the bot reaches that and nothing else', { skip: noSynapse }, async () => {
    const outcome = await inNamespace('matrix', 'bounded', patienceMs);
    assertSilent(outcome);
    assert.ok(outcome.allowed > 0, 'it did talk to its homeserver');
  });
});
