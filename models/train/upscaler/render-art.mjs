// Renders the training art of the upscaler as transparent PNGs: WORK/art/<train|held>/<icons|clip-art>/*.png
//
// usage: node upscaler/render-art.mjs WORK OPENCLIPART   (in the folder models/train, after `npm install`)
// OPENCLIPART is the folder /usr/share/openclipart/svg of Debian's package openclipart-svg.
//
// Drawing happens in child processes: some drawings abort the renderer or keep it busy for minutes. Such a child is
// started again behind the drawing it died on.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';

const require = createRequire(join(process.cwd(), 'package.json'));
const ICON_SETS = ['noto', 'fluent-emoji-flat', 'fluent-emoji'];
const ICONS = 700; // concepts; every one in all three sets
const CLIP_ART = 2000;
const ICON_PX = 384;
const CLIP_ART_PX = 512; // the longer side
const MOST_BYTES = 80_000; // of a clip-art file
const SECONDS_EACH = 4;
const LEFT_OUT = /^(logos|special|unsorted\/duplicates|signs_and_symbols\/flags)\//; // trademarks, tests, doubles, stripes

const hash = (text) => createHash('sha256').update(text).digest();
/** One in twelve is never trained on. Numbered drawings stay together, the three sets of an icon, men's and women's versions too. */
const family = (name) => name.replace(/^(wo)?m[ae]n-|^person-/, '').replace(/[-_ ]*\d+/g, '');
const partOf = (name) => (hash(family(name))[0] % 12 === 0 ? 'held' : 'train');
const byHash = (a, b) => Buffer.compare(hash(a), hash(b));

/** The SVG text of one icon of an Iconify set; aliases are followed. */
function svgOf(set, name) {
  const icon = set.icons[name] ?? set.icons[set.aliases[name].parent];
  const width = icon.width ?? set.width ?? 16;
  const height = icon.height ?? set.height ?? 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="${icon.left ?? 0} ${icon.top ?? 0} ${width} ${height}" width="${width}" height="${height}">${icon.body}</svg>`;
}

const setOf = (name) => require(`@iconify-json/${name}/icons.json`);

function iconJobs() {
  const sets = ICON_SETS.map(setOf);
  const names = Object.keys(sets[0].icons).filter(
    // resvg aborts on Noto's «package»; skin tones and flags repeat themselves.
    (name) => name !== 'package' && !/skin-tone|^flag-/.test(name) && sets.every((set) => set.icons[name] ?? set.aliases?.[name]),
  );
  return names
    .toSorted(byHash)
    .slice(0, ICONS)
    .flatMap((icon) => ICON_SETS.map((set) => ({ icon, set, out: `${partOf(icon)}/icons/${icon}.${set}.png` })));
}

function clipArtJobs(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.svg') && !LEFT_OUT.test(file) && statSync(join(folder, file)).size < MOST_BYTES)
    .toSorted(byHash)
    .slice(0, CLIP_ART)
    .map((file) => {
      const name = basename(file, '.svg');
      return { file: join(folder, file), out: `${partOf(name)}/clip-art/${file.replace(/[^\w]+/g, '_')}.png` };
    });
}

function draw(job, work) {
  const { Resvg } = require('@resvg/resvg-js');
  const svg = job.icon ? svgOf(setOf(job.set), job.icon) : readFileSync(job.file, 'utf8');
  const probe = new Resvg(svg, { font: { loadSystemFonts: false } });
  const side = job.icon ? ICON_PX : CLIP_ART_PX;
  const mode = probe.width >= probe.height ? 'width' : 'height';
  if (Math.min(probe.width, probe.height) * 3 < Math.max(probe.width, probe.height)) return; // a strip
  const picture = new Resvg(svg, { fitTo: { mode, value: side }, font: { loadSystemFonts: false } }).render();
  writeFileSync(join(work, 'art', job.out), picture.asPng());
}

/** Runs one child over jobs [from, end); resolves with the index of the job it stopped at. */
function child(work, from, end) {
  return new Promise((resolve) => {
    const drawer = spawn(process.execPath, [process.argv[1], '--draw', work, from, end], { stdio: ['ignore', 'pipe', 'ignore'] });
    let at = from;
    const alarm = () => setTimeout(() => drawer.kill('SIGKILL'), SECONDS_EACH * 1000);
    let timer = alarm();
    drawer.stdout.on('data', (data) => {
      at = Number(data.toString().trim().split('\n').at(-1));
      clearTimeout(timer);
      timer = alarm();
    });
    drawer.on('close', () => {
      clearTimeout(timer);
      resolve(at);
    });
  });
}

async function drawAll(work, from, end) {
  let failed = 0;
  for (let at = from; at < end; at++) {
    at = await child(work, at, end);
    if (at < end) failed++;
  }
  return failed;
}

if (process.argv[2] === '--draw') {
  const [work, from, end] = [process.argv[3], Number(process.argv[4]), Number(process.argv[5])];
  const jobs = JSON.parse(readFileSync(join(work, 'jobs.json'), 'utf8'));
  for (let at = from; at < end; at++) {
    process.stdout.write(`${at}\n`);
    try {
      draw(jobs[at], work);
    } catch {
      // a broken drawing: left out
    }
  }
  process.stdout.write(`${end}\n`);
} else {
  const [work, openclipart] = process.argv.slice(2);
  for (const part of ['train', 'held']) for (const kind of ['icons', 'clip-art']) mkdirSync(join(work, 'art', part, kind), { recursive: true });
  const jobs = [...iconJobs(), ...clipArtJobs(openclipart)].toSorted((a, b) => byHash(a.out, b.out)); // evens the load out
  writeFileSync(join(work, 'jobs.json'), JSON.stringify(jobs));
  const half = Math.floor(jobs.length / 2);
  const failed = await Promise.all([drawAll(work, 0, half), drawAll(work, half, jobs.length)]);
  console.log(`${jobs.length} drawings, ${failed[0] + failed[1]} aborted or took over ${SECONDS_EACH} s`);
}
