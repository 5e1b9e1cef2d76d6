import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';

import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';

import type { GalleryEntry } from '#src/chat/web/events.ts';

import type { OpenedRoom } from '../../chat/web/opened-room.ts';
import { assertSameBytes } from '../../same-bytes.ts';
import { findChromium, launchChromium } from './chromium.ts';
import { giveFile, namelessElements, previewColour, tooWideElements, viewerFits } from './in-page.ts';
import { say, visitRoom } from './visit.ts';

const chromium = await findChromium();
const quick = { script: { stepMs: 5 } };
const photo = await sharp({ create: { width: 300, height: 200, channels: 3, background: { r: 200, g: 30, b: 90 } } })
  .png()
  .toBuffer();

const choose = (page: Page, name: string, mimeType: string, buffer: Buffer): Promise<void> =>
  page.locator('#file').setInputFiles({ name, mimeType, buffer });

describe(
  'pictures and files in the page of the local room',
  { skip: 'reason' in chromium ? chromium.reason : false, timeout: 300_000 },
  () => {
    let browser: Browser;
    before(async () => {
      browser = await launchChromium('path' in chromium ? chromium.path : '');
    });
    after(async () => browser?.close());

    it('sends a chosen picture with a command', async () => {
      await using visited = await visitRoom(browser, quick);
      const { page, opened } = visited;
      const choosing = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Attach a picture or a file' }).click();
      await (await choosing).setFiles({ name: 'pink.png', mimeType: 'image/png', buffer: photo });
      await page.locator('#attachment canvas').waitFor();
      assert.deepEqual(await page.evaluate(previewColour), [200, 30, 90, 255], 'the preview is the picture');
      assert.equal(await page.evaluate('document.activeElement.id'), 'input');
      await page.getByText('!img vary starts from this picture').waitFor();
      await say(page, '!img vary it');
      const message = await opened.inbox.waitForText('!img vary it');
      assert.deepEqual(message.attachment, { name: 'pink.png', mimeType: 'image/png', bytes: photo.length });
      await page.getByRole('button', { name: 'Open picture: pink.png' }).click();
      const viewer = page.locator('#lightbox[open]');
      assert.equal(await viewer.locator('img').evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth), 300);
      const [download] = await Promise.all([page.waitForEvent('download'), viewer.getByRole('link', { name: 'Download' }).click()]);
      assert.equal(download.suggestedFilename(), 'pink.png');
      assertSameBytes(await readFile(await download.path()), photo);
      await viewer.getByRole('button', { name: 'Reply' }).click();
      await page.keyboard.type('up');
      await page.keyboard.press('Enter');
      assert.equal((await opened.inbox.waitForText('!img up')).replyTo, message.eventId);
      assert.ok(await page.locator('#attachment').isHidden());
      assert.deepEqual(visited.problems, []);
    });

    it('takes what is pasted or dropped, and sends it alone', async () => {
      await using visited = await visitRoom(browser, quick);
      const { page, opened } = visited;
      const base64 = photo.toString('base64');
      await page.evaluate(giveFile('paste', 'image.png', 'image/png', base64));
      await page.locator('#attachment', { hasText: 'image.png' }).waitFor();
      await page.getByRole('button', { name: 'Remove image.png' }).click();
      assert.ok(await page.locator('#attachment').isHidden());
      assert.ok(await page.evaluate(giveFile('drop', 'dropped.png', 'image/png', base64)), 'it says where to drop, and stays on the page');
      await page.locator('#attachment', { hasText: 'dropped.png' }).waitFor();
      assert.ok(await page.locator('#drop').isHidden());
      await page.locator('#input').press('Enter');
      const message = await opened.inbox.waitFor((event) => event.kind === 'message');
      assert.ok(message.kind === 'message');
      assert.equal(message.text, '');
      assert.equal(message.attachment?.name, 'dropped.png');
      await page.locator('.uploaded img').waitFor();
      await page.locator('.upload').getByRole('button', { name: 'Vary' }).click();
      assert.equal(await page.locator('#input').inputValue(), '!img vary ');
      await page.locator('#reply', { hasText: 'dropped.png' }).waitFor();
      assert.deepEqual(visited.problems, []);
    });

    it('refuses what is too large before it is sent, in a sentence', async () => {
      await using visited = await visitRoom(browser, { locale: 'de-DE' });
      const { page, opened } = visited;
      await choose(page, 'film.png', 'image/png', Buffer.alloc(20_000_001));
      await page.getByText('film.png ist zu groß: höchstens 20 MB sind erlaubt; verkleinere das Bild oder teile die Datei auf.').waitFor();
      await choose(page, 'leer.csv', 'text/csv', Buffer.alloc(0));
      await page.getByText('leer.csv ist leer; wähle eine andere Datei.').waitFor();
      assert.ok(await page.locator('#attachment').isHidden());
      assert.deepEqual(await opened.events(), []);
      assert.deepEqual(visited.problems, []);
    });

    it('shows a file that is no picture as a file, and saves it under its name', async () => {
      await using visited = await visitRoom(browser, quick);
      const { page } = visited;
      const csv = Buffer.from('name,prompt\n<b>oil</b>,"{prompt}, oil"\n');
      await choose(page, 'Stile <b>.csv', 'text/csv', csv);
      assert.equal(await page.locator('#attachment .file-name').textContent(), 'Stile <b>.csv');
      await say(page, '!img export');
      const links = page.getByRole('link', { name: /^Download / });
      await links.nth(1).waitFor();
      assert.equal(await links.nth(0).getAttribute('aria-label'), 'Download Stile <b>.csv, 39 bytes');
      const [own] = await Promise.all([page.waitForEvent('download'), links.nth(0).click()]);
      assertSameBytes(await readFile(await own.path()), csv);
      const [offered] = await Promise.all([page.waitForEvent('download'), links.nth(1).click()]);
      assert.equal(offered.suggestedFilename(), 'styles.csv');
      await page.locator('.bubble', { hasText: '8 styles, for A1111' }).waitFor();
      assert.equal(await page.locator('.job').count(), 0);
      assert.deepEqual(visited.problems, []);
    });

    it('keeps a file that could not be sent, and sends it at the second attempt', async () => {
      await using visited = await visitRoom(browser, quick);
      const { page, opened } = visited;
      await opened.restart(async () => {
        await page.locator('#connection', { hasText: 'Connection lost' }).waitFor();
        await choose(page, 'pink.png', 'image/png', photo);
        await say(page, 'look');
        await page.getByText('Not sent.').waitFor();
        await page.locator('.outgoing canvas').waitFor();
      });
      await page.locator('#connection').waitFor({ state: 'hidden' });
      await page.getByRole('button', { name: 'Try again' }).click();
      assert.equal((await opened.inbox.waitForText('look')).attachment?.name, 'pink.png');
      await page.locator('.outgoing').waitFor({ state: 'detached' });
    });

    it('asks a question that one click answers', async () => {
      await using visited = await visitRoom(browser, quick);
      const { page, opened } = visited;
      await say(page, '!img many pictures');
      const yes = page.getByRole('button', { name: 'Yes, go ahead' });
      await yes.click();
      const reaction = await opened.inbox.waitFor((event) => event.kind === 'reaction');
      assert.ok(reaction.kind === 'reaction');
      assert.equal(reaction.emoji, '👍');
      assert.equal(reaction.target, (await opened.events()).find(({ body }) => body.kind === 'text')?.eventId);
      assert.ok(await page.getByRole('button', { name: 'You agreed' }).isDisabled());
      assert.equal(await page.getByRole('button', { name: 'No', exact: true }).count(), 0);
      await say(page, '!img many more');
      await page.getByRole('button', { name: 'No', exact: true }).click();
      await opened.inbox.waitFor((event) => event.kind === 'reaction' && event.emoji === '👎');
      assert.ok(await page.getByRole('button', { name: 'You declined' }).isDisabled());
      assert.deepEqual(visited.problems, []);
    });

    it('has a button for everything that can be done with a picture', async () => {
      await using visited = await visitRoom(browser, quick);
      const { page, opened } = visited;
      await say(page, '!img a fox');
      await page.locator('.job[data-phase="done"]').waitFor();
      const picture = (await opened.events()).find(({ body }) => body.kind === 'image')?.eventId;
      for (const [label, emoji] of [
        ['Vary', '🎨'],
        ['Enlarge', '⬆️'],
        ['Star', '⭐'],
        ['Info', 'ℹ️'],
        ['Again', '🔁'],
      ] as const) {
        await page.getByRole('button', { name: label, exact: true }).click();
        const reaction = await opened.inbox.waitFor((event) => event.kind === 'reaction' && event.emoji === emoji);
        assert.ok(reaction.kind === 'reaction');
        assert.equal(reaction.target, picture, label);
      }
      await page.locator('.tile.starred').waitFor();
      assert.equal(await page.getByRole('button', { name: 'Starred' }).getAttribute('aria-pressed'), 'true');
      await page.getByRole('button', { name: 'Reply', exact: true }).click();
      await page.keyboard.type('vary --strength 0.4');
      await page.keyboard.press('Enter');
      assert.equal((await opened.inbox.waitForText('!img vary --strength 0.4')).replyTo, picture);
      assert.deepEqual(visited.problems, []);
    });

    for (const [device, width, height, dark] of [
      ['a desktop', 1280, 800, false],
      ['a phone', 360, 740, true],
    ] as const) {
      it(`shows a contact sheet large and its pictures below, on ${device}`, async () => {
        await using visited = await visitRoom(browser, { ...quick, width, height, dark });
        const { page, opened } = visited;
        await say(page, '!img birds --n 10 --sheet');
        await page.locator('.job[data-phase="done"]').waitFor();
        await page.locator('.sheet .tile.loaded').waitFor();
        assert.equal(await page.locator('.job').count(), 1);
        assert.equal(await page.locator('.pictures .tile').count(), 10);
        const sheet = (await page.locator('.sheet .tile').boundingBox()) ?? assert.fail();
        const column = (await page.locator('.answers').boundingBox()) ?? assert.fail();
        assert.ok(Math.abs(sheet.width - column.width) < 2, `${sheet.width} of ${column.width} px`);
        const first = (await page.locator('.pictures .tile').first().boundingBox()) ?? assert.fail();
        assert.ok(first.y >= sheet.y + sheet.height && first.width < sheet.width / 2);
        await page.locator('.sheet .tile').press('Enter');
        const viewer = page.locator('#lightbox[open]');
        await viewer.getByText('1 of 11').waitFor();
        assert.equal(await viewer.getByRole('button', { name: 'Enlarge' }).count(), 0, 'a sheet is no picture of its own');
        assert.ok(await page.evaluate(viewerFits));
        await page.keyboard.press('ArrowRight');
        await viewer.getByText('2 of 11').waitFor();
        assert.match((await viewer.getByRole('link', { name: 'Download' }).getAttribute('download')) ?? '', /-A1\.png$/);
        await page.keyboard.press('End');
        await viewer.getByText('11 of 11').waitFor();
        await viewer.getByRole('button', { name: 'Star', exact: true }).click();
        const reaction = await opened.inbox.waitFor((event) => event.kind === 'reaction');
        assert.ok(reaction.kind === 'reaction' && reaction.emoji === '⭐');
        assert.equal(await viewer.count(), 1, 'the viewer stays');
        await page.keyboard.press('Escape');
        await page.locator('.pictures .tile.starred').waitFor();
        assert.deepEqual(await page.evaluate(tooWideElements), []);
        assert.deepEqual(await page.evaluate(namelessElements), []);
        assert.deepEqual(visited.problems, []);
      });
    }

    it('shows the starred pictures on a page of their own', async () => {
      let entries: readonly GalleryEntry[] = [];
      await using visited = await visitRoom(browser, { ...quick, width: 360, room: () => ({ gallery: () => entries }) });
      const { page, opened } = visited;
      await say(page, '!img birds --n 3');
      await page.locator('.job[data-phase="done"]').waitFor();
      await page.getByRole('link', { name: 'Gallery' }).click();
      await page.getByText('press Star, or react to it with ⭐').waitFor();
      entries = await starredOf(opened);
      await page.reload();
      const cards = page.locator('.gallery-card');
      await cards.nth(2).waitFor();
      assert.deepEqual(await page.locator('.gallery-prompt').allTextContents(), ['birds <b>3</b>', 'birds <b>2</b>', 'birds <b>1</b>']);
      const newest = (await cards.first().innerText()).replaceAll(/\s+/gu, ' ');
      for (const fact of ['/A3', 'watercolor', 'seed ', 'Ada, Grace']) assert.ok(newest.includes(fact), newest);
      await page.locator('.tile.loaded').nth(2).waitFor();
      assert.deepEqual(await page.evaluate(tooWideElements), []);
      assert.deepEqual(await page.evaluate(namelessElements), []);
      const save = cards.first().getByRole('link', { name: /^Download: birds/ });
      const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
      assert.match(download.suggestedFilename(), /-A3\.png$/);
      await cards.nth(1).locator('.tile').click();
      const viewer = page.locator('#lightbox[open]');
      await viewer.getByText('2 of 3').waitFor();
      await page.keyboard.press('ArrowLeft');
      await viewer.getByText('Starred by Ada, Grace').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'DE', exact: true }).click();
      await page.getByRole('heading', { name: 'Galerie' }).waitFor();
      await page.getByRole('link', { name: 'Zurück zum Raum' }).first().click();
      await page.locator('.job .tile').first().waitFor();
      assert.deepEqual(visited.problems, []);
    });
  },
);

/** Every picture of the room as the program would tell it, the last one first. */
async function starredOf(opened: OpenedRoom): Promise<readonly GalleryEntry[]> {
  const entries = (await opened.events()).flatMap(({ body, atMs }): GalleryEntry[] => {
    if (body.kind !== 'image') return [];
    const { image } = body;
    const [job = '', cell = ''] = body.fileName.replace('.png', '').split('-');
    const about = { style: 'watercolor', starredBy: ['Ada', 'Grace'] };
    return [{ job, cell, prompt: `birds <b>${image.index + 1}</b>`, seed: image.seed, atMs, image, ...about }];
  });
  return entries.toReversed();
}
