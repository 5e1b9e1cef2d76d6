// Renders every concept in three art sets: sprites/<icon>.<set>.png, 256 x 256 px, transparent.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);
const concepts = JSON.parse(readFileSync(new URL('concepts.json', import.meta.url), 'utf8'));

/** The SVG text of one icon of an Iconify set; aliases are followed. */
function svgOf(set, name) {
  const icon = set.icons[name] ?? set.icons[set.aliases?.[name]?.parent];
  if (!icon) throw new Error(`no icon «${name}» in ${set.prefix}`);
  const width = icon.width ?? set.width ?? 16;
  const height = icon.height ?? set.height ?? 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="${icon.left ?? 0} ${icon.top ?? 0} ${width} ${height}" width="${width}" height="${height}">${icon.body}</svg>`;
}

mkdirSync('sprites', { recursive: true });
for (const setName of ['noto', 'fluent-emoji-flat', 'fluent-emoji']) {
  const set = require(`@iconify-json/${setName}/icons.json`);
  for (const { icon } of concepts) {
    const picture = new Resvg(svgOf(set, icon), { fitTo: { mode: 'width', value: 256 }, font: { loadSystemFonts: false } });
    writeFileSync(`sprites/${icon}.${setName}.png`, picture.render().asPng());
  }
}
console.log(`${concepts.length} concepts x 3 art sets`);
