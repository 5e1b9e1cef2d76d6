import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fixturePath } from '../golden/fixtures.ts';

const workspace = mkdtempSync(join(tmpdir(), 'model-copies-'));
after(() => rmSync(workspace, { recursive: true, force: true }));
let copies = 0;

/** A copy of a tiny model that a test may damage. */
export function copyModel(model: 'sd-epsilon' | 'sd-v-prediction' | 'lcm' | 'sd-float16' | 'sdxl' | 'sdxl-float16' = 'sd-epsilon'): string {
  const folder = join(workspace, `${model}-${copies++}`);
  cpSync(fixturePath(`models/${model}`), folder, { recursive: true });
  return folder;
}

export function editJson(path: string, change: Record<string, unknown>): void {
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...change }));
}

/** A protobuf field of wire type 2: text, bytes or a message. */
function field(number: number, content: string | Buffer): Buffer {
  const body = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]);
}

/** A graph of one node and, if asked, one tensor whose bytes lie in another file. */
export function onnxBytes(node: { operator: string; domain?: string }, external?: { location: string; length: number }): Buffer {
  const entry = (key: string, value: string): Buffer => field(13, Buffer.concat([field(1, key), field(2, value)]));
  const tensor =
    external &&
    field(5, Buffer.concat([field(8, 'weight'), entry('location', external.location), entry('length', String(external.length))]));
  const nodeBytes = field(1, Buffer.concat([field(2, 'y'), field(4, node.operator), field(7, node.domain ?? '')]));
  const versions = Buffer.from([8, 8, 0x42, 2, 16, 17]); // ir_version 8, opset 17
  return Buffer.concat([
    versions,
    field(7, Buffer.concat([nodeBytes, field(2, 'graph'), field(12, field(1, 'y')), tensor ?? Buffer.alloc(0)])),
  ]);
}
