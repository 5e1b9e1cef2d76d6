import assert from 'node:assert/strict';
import test from 'node:test';
import { InferenceError } from '../../src/inference/errors.ts';
import { availableBytes, checkRoomFor, decodeBytes, smallerTile, tileSideFor } from '../../src/inference/memory.ts';

const machine =
  (files: Readonly<Record<string, string>>) =>
  (path: string): string | undefined =>
    files[path];
const meminfo = 'MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\n';

test('what is free is what the system can give, copies of files included', () => {
  assert.equal(availableBytes(machine({ '/proc/meminfo': meminfo })), 8_000_000 * 1024);
  assert.ok(availableBytes() > 10e6, 'of this machine');
  assert.ok(availableBytes(machine({})) > 10e6, 'without /proc');
});

test('a container’s limit counts if it is less, and so does that of a group above', () => {
  const own = { '/proc/meminfo': meminfo, '/proc/self/cgroup': '0::/bot/engine\n' };
  const limited = {
    ...own,
    '/sys/fs/cgroup/bot/engine/memory.max': 'max\n',
    '/sys/fs/cgroup/bot/engine/memory.current': '900\n',
    '/sys/fs/cgroup/bot/memory.max': '2000000000\n',
    '/sys/fs/cgroup/bot/memory.current': '1500000000\n',
    '/sys/fs/cgroup/bot/memory.stat': 'anon 800000000\ninactive_file 600000000\nactive_file 100000000\n',
  };
  assert.equal(availableBytes(machine(limited)), 1_200_000_000);
  const inside = {
    ...own,
    '/proc/self/cgroup': '0::/\n',
    '/sys/fs/cgroup/memory.max': '5000000\n',
    '/sys/fs/cgroup/memory.current': '6000000\n',
  };
  assert.equal(availableBytes(machine(inside)), 0);
  const first = {
    '/proc/meminfo': meminfo,
    '/proc/self/cgroup': '4:cpu,cpuacct:/\n3:memory:/docker/x\n',
    '/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes': '3000000000\n',
    '/sys/fs/cgroup/memory/docker/x/memory.usage_in_bytes': '1000000000\n',
  };
  assert.equal(availableBytes(machine(first)), 2_000_000_000);
});

test('a model without room is refused with both sizes', () => {
  checkRoomFor(4e9, 8e9);
  assert.throws(
    () => checkRoomFor(10e9, 8e9),
    (error: InferenceError) => {
      assert.equal(error.code, 'out_of_memory');
      assert.match(error.message, /needs 10\.5 GB of memory and 8\.0 GB are free/);
      assert.deepEqual(error.detail, { neededGb: '10.5', freeGb: '8.0' });
      return true;
    },
  );
});

const kl = { channels: 128, hasAttention: true };

test('the estimate is near what was measured with the decoder of SD 1.5', () => {
  for (const [side, measuredMb] of [
    [16, 62],
    [32, 262],
    [48, 742],
    [64, 1690],
  ] as const) {
    const ratio = decodeBytes(kl, side, side, 8) / 1e6 / measuredMb;
    assert.ok(ratio > 0.75 && ratio < 1.35, `${side}²: ${ratio}`);
  }
});

test('the largest tile that fits is taken, none where all fits, the smallest where nothing does', () => {
  assert.equal(tileSideFor(kl, [128, 128], 8, 64e9), undefined);
  assert.equal(tileSideFor(kl, [128, 128], 8, 4e9), 64);
  assert.equal(tileSideFor(kl, [128, 64], 8, 1.5e9), 48);
  assert.equal(tileSideFor(kl, [64, 64], 8, 1e9), 32);
  assert.equal(tileSideFor(kl, [64, 64], 8, 1e6), 16);
  assert.equal(tileSideFor(kl, [16, 16], 8, 1e6), undefined, 'smaller than any tile');
  assert.equal(tileSideFor({ channels: 64, hasAttention: false }, [128, 128], 8, 4e9), undefined, 'a small decoder');
});

test('tiles shrink until there is none smaller', () => {
  assert.deepEqual(
    [smallerTile(undefined, 128), smallerTile(64, 128), smallerTile(48, 128), smallerTile(32, 128), smallerTile(16, 128)],
    [64, 48, 32, 16, undefined],
  );
  assert.equal(smallerTile(undefined, 16), undefined);
});
