/** `--hq` with the models that are shipped: drawn at 256×256, enlarged to 1024×1024. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import sharp from 'sharp';
import type { JsonLine } from '#src/chat/terminal/terminal-room.ts';
import type { GenerateOutput } from '#src/cli/generate.ts';
import { catalogueOf } from '#src/weights/catalogue.ts';
import { Workplace, type Outcome } from './program.ts';

const models = join(import.meta.dirname, '../../../models');
const needed = ['embedded/blitzbild.json', 'embedded/unet/model.onnx', 'upscaler/blitzbild-upscaler.json', 'upscaler/x4.onnx'];
const missing = needed.find((file) => !existsSync(join(models, file)));

const ended = ({ exitCode, stderr, stdout }: Outcome): string => {
  assert.deepEqual([exitCode, stderr], [0, '']);
  return stdout;
};
const linesOf = (stdout: string): JsonLine[] => stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as JsonLine); // prettier-ignore
const fox = ['a red fox', '--seed', '3'];

describe('--hq', { concurrency: 1, skip: missing !== undefined && `there is no models/${missing}` }, () => {
  test('enlarges the embedded model four times', async () => {
    const catalogue = await catalogueOf(join(models, 'embedded'), [models]);
    assert.equal(catalogue.get('embedded')?.high.upscale, 4);
    assert.deepEqual(catalogue.get('embedded')?.enlargedBy, [2, 4]);
  });

  test('gives a file of 1024×1024 that shows what was drawn at 256×256', async () => {
    await using place = await Workplace.open();
    const generate = async (...args: readonly string[]): Promise<GenerateOutput> =>
      JSON.parse(ended(await place.run(['generate', ...fox, ...args, '--json']))) as GenerateOutput;
    const [large, small] = [await generate('--hq', '--out', 'large'), await generate('--hq', '--size', '256', '--out', 'small')];
    assert.deepEqual([large.images[0]?.width, large.images[0]?.height, small.images[0]?.width], [1024, 1024, 256]);
    assert.ok((large.timings.upscaleMs ?? 0) > 0 && small.timings.upscaleMs === undefined, JSON.stringify(large.timings));

    const pixelsOf = async ({ images }: GenerateOutput): Promise<Uint8Array> => {
      const reduced = sharp(images[0]?.file).removeAlpha().resize(256, 256, { kernel: 'mitchell' });
      return new Uint8Array(await reduced.raw().toBuffer());
    };
    assert.deepEqual(await sharp(large.images[0]?.file).metadata().then(({ width, height }) => [width, height]), [1024, 1024]); // prettier-ignore
    const [made, drawn] = [await pixelsOf(large), await pixelsOf(small)];
    const apart = drawn.reduce((sum, value, i) => sum + Math.abs(value - made[i]!), 0) / drawn.length;
    assert.ok(apart < 4, `the enlarged picture is ${apart} of 255 from the drawn one`);
  });

  test('in a chat: the picture, its line, the command that repeats it, and again', async () => {
    await using place = await Workplace.open();
    const typed = '!img a red fox --seed 3 --hq\n!img info\n!img models\n';
    const lines = linesOf(ended(await place.run(['chat', '--json', '--out', 'pictures'], { stdin: typed })));
    const image = lines.find(({ type }) => type === 'image');
    assert.deepEqual([image?.width, image?.height], [1024, 1024]);
    assert.match(image?.text ?? '', /1024×1024/);
    assert.ok(Object.keys(image?.timings ?? {}).includes('upscaleMs'));
    assert.match(lines.find(({ type }) => type === 'ack')?.text ?? '', /1 picture 1024×1024/);
    assert.match(lines.find(({ type }) => type === 'done')?.text ?? '', /1 image 1024×1024 in .* · decode .* · upscale .* · encode /);
    assert.ok(lines.some(({ text }) => /!img a red fox --seed 3 --hq$/m.test(text)));
    assert.ok(lines.some(({ text }) => /Upscaler: .* ×2 ×4 for illustrations \(.+\)/.test(text)));
    const [again] = linesOf(ended(await place.run(['chat', '--json', '--out', 'pictures'], { stdin: '!img again\n' })));
    assert.match(again?.text ?? '', /1 picture 1024×1024/);
  });

  test('without the upscaler, or with a broken one, the picture comes in its own size, and doctor says what to mend', async (context) => {
    const shelf = await mkdtemp(join(tmpdir(), 'blitzbild-shelf-'));
    context.after(() => rm(shelf, { recursive: true }));
    await cp(join(models, 'embedded'), join(shelf, 'embedded'), { recursive: true });
    await using place = await Workplace.open({ modelFolders: [shelf] });
    const notEnlarged = async (reason: RegExp): Promise<void> => {
      const { exitCode, stdout, stderr } = await place.run(['generate', ...fox, '--hq', '--json']);
      assert.equal(exitCode, 0, stderr);
      assert.equal((JSON.parse(stdout) as GenerateOutput).images[0]?.width, 256);
      assert.match(stderr, reason);
      assert.match((await place.run(['doctor'])).stdout, /^WRONG Upscaler.*; pictures with --hq keep the size/m);
    };
    await notEnlarged(/^Not enlarged: no upscaler is installed\n$/);
    const lines = linesOf((await place.run(['chat', '--json'], { stdin: '!img a red fox --hq\n' })).stdout);
    assert.equal(lines.find(({ type }) => type === 'image')?.width, 256);
    assert.match(lines.at(-1)?.text ?? '', /^1 image 256×256 in .*The upscaler could not be used/s);

    await cp(join(models, 'upscaler'), join(shelf, 'upscaler'), { recursive: true });
    const { stdout: well } = await place.run(['doctor']);
    assert.match(well, /^ok {4}Upscaler illustration ×2: .* enlarged to 512×512 in/m);
    assert.match(well, /^ok {4}Upscaler illustration ×4: .* enlarged to 1024×1024 in/m);
    await truncate(join(shelf, 'upscaler/x4.onnx'), 1000);
    await notEnlarged(/^Not enlarged: x4\.onnx is cut off/);
  });
});
