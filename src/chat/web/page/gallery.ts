/** The gallery: every picture of the room that somebody starred, the newest first. */
import type { GalleryEntry } from '../events.ts';
import { gallery, imageUrl, RoomRefusal, roomStatus } from './api.ts';
import { byId, el, setText, syncChildren } from './dom.ts';
import { icon } from './icons.ts';
import { listenToLanguage, showLanguage } from './language-switch.ts';
import { Lightbox, type Slide } from './lightbox.ts';
import { PictureTile } from './picture-tile.ts';
import { t, translatePage } from './texts.ts';
import { fullTime } from './times.ts';

const retryMs = 3_000;

const lightbox = new Lightbox();
const list = byId('gallery', HTMLUListElement);
const empty = byId('empty', HTMLElement);
const connection = byId('connection', HTMLParagraphElement);

let entries: readonly GalleryEntry[] | undefined;
let roomName = '';
let retrying: number | undefined;

async function load(): Promise<void> {
  clearTimeout(retrying);
  try {
    const [found, status] = await Promise.all([gallery(), roomStatus()]);
    connection.hidden = true;
    const isNew = JSON.stringify(found) !== JSON.stringify(entries) || status.room.name !== roomName;
    entries = found;
    roomName = status.room.name;
    if (isNew) show();
  } catch (error) {
    if (!(error instanceof RoomRefusal)) throw error;
    connection.hidden = false;
    setText(connection, error.code === 'unauthorised' ? t().locked : t().galleryFailed);
    if (error.code !== 'unauthorised') retrying = setTimeout(() => void load(), retryMs);
  }
}

function show(): void {
  translatePage();
  showLanguage();
  document.title = [t().gallery, roomName].filter((part) => part !== '').join(' · ');
  if (entries === undefined) return;
  const shown = entries;
  setText(byId('room-model', HTMLSpanElement), [roomName, t().galleryCount(shown.length)].join(' · '));
  empty.hidden = shown.length > 0;
  list.hidden = shown.length === 0;
  const slides = shown.map(slideOf);
  syncChildren(
    list,
    shown.map((entry, position) => card(entry, () => lightbox.open(slides, position))),
  );
}

function card(entry: GalleryEntry, open: () => void): HTMLElement {
  const { image, prompt, atMs, starredBy = [] } = entry;
  const tile = new PictureTile({ image, altText: prompt, fileName: fileNameOf(entry) }, '(max-width: 620px) 46vw, 260px');
  tile.element.style.setProperty('--ratio', String(image.widthPx / image.heightPx));
  tile.onOpen = open;
  const save = el('a', {
    class: 'ghost save',
    href: imageUrl(image.key),
    download: fileNameOf(entry),
    'aria-label': `${t().download}: ${prompt}`,
    title: t().download,
  });
  save.append(icon('download'));
  const names = starredBy.join(', ');
  const who = el('span', { class: 'who-starred', title: fullTime(atMs) });
  who.append(icon('star'), el('span', { 'aria-hidden': 'true' }, names), el('span', { class: 'visually-hidden' }, t().starredBy(names)));
  return el(
    'li',
    { class: 'gallery-card' },
    tile.element,
    el('p', { class: 'gallery-prompt', title: prompt }, prompt),
    el('div', { class: 'gallery-facts' }, factsElement(entry), save),
    ...(starredBy.length > 0 ? [who] : []),
  );
}

function slideOf(entry: GalleryEntry): Slide {
  const { image, prompt, starredBy = [] } = entry;
  const facts = [factsOf(entry), ...(starredBy.length > 0 ? [t().starredBy(starredBy.join(', '))] : [])].join(' · ');
  return {
    src: imageUrl(image.key),
    widthPx: image.widthPx,
    heightPx: image.heightPx,
    alt: prompt,
    fileName: fileNameOf(entry),
    caption: [el('p', {}, prompt), el('p', { class: 'muted' }, facts)],
    buttons: () => [],
  };
}

const fileNameOf = ({ job, cell }: GalleryEntry): string => `${job}-${cell}.png`;

/** `k7f3/A1 · watercolor · seed 42` */
const factsOf = ({ job, cell, style, seed }: GalleryEntry): string =>
  [`${job}/${cell}`, ...(style === undefined ? [] : [style]), t().seed(seed)].join(' · ');

/** Breaks between the facts only. */
const factsElement = (entry: GalleryEntry): HTMLElement =>
  el(
    'span',
    { class: 'muted' },
    ...factsOf(entry)
      .split(' · ')
      .flatMap((fact, index, all) => [el('span', { class: 'part' }, index < all.length - 1 ? `${fact} ·` : fact), ' ']),
  );

byId('back', HTMLAnchorElement).append(icon('previous'));
listenToLanguage(show);
// Whoever comes back to this tab has probably starred something in the other.
document.addEventListener('visibilitychange', () => !document.hidden && void load());
show();
await load();
