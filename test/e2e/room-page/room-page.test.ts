import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { Browser } from 'playwright-core';

import { localRoomId } from '#src/chat/web/local-room.ts';

import { readyStatus } from '../../chat/web/opened-room.ts';
import { findChromium, launchChromium } from './chromium.ts';
import { focusedTile, focusOutlineStyle, namelessElements, naturalWidthsOfTiles, tooWideElements, viewerFits } from './in-page.ts';
import type { BotScript } from './scripted-bot.ts';
import { say, visitRoom, type Visit, type Visiting } from './visit.ts';

const chromium = await findChromium();

describe('the page of the local room', { skip: 'reason' in chromium ? chromium.reason : false, timeout: 300_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium('path' in chromium ? chromium.path : '');
  });
  after(async () => browser?.close());

  const visit = (script: Partial<BotScript> = {}, screen: Omit<Visiting, 'script'> = {}): Promise<Visit> =>
    visitRoom(browser, { script, ...screen });

  it('shows a command, its progress, the pictures and the timing line', async () => {
    await using visited = await visit({ stepMs: 250 });
    const { page } = visited;
    await say(page, '!img a red fox --n 4');
    const job = page.locator('.job');
    await page.locator('.job[data-phase="waiting"]').waitFor();
    assert.match((await job.textContent()) ?? '', /is next/);
    await page.locator('.job[data-phase="working"]').waitFor();
    const bar = page.getByRole('progressbar');
    const first = Number(await bar.getAttribute('aria-valuenow'));
    assert.ok(first > 0 && first < 100, String(first));
    await page.locator('.job[data-phase="done"]').waitFor();
    assert.equal(await page.locator('.tile.loaded').count(), 4);
    assert.equal(await bar.count(), 0);
    assert.match((await page.locator('.status-text').textContent()) ?? '', /^4 images 256×256 in 4\.8 s · 1\.21 s each · waited/);
    assert.equal(await page.locator('.message.from-person').count(), 1, 'the message on its way became the one that arrived');
    const naturalWidths = await page.evaluate<number[]>(naturalWidthsOfTiles);
    assert.ok(naturalWidths.every((width) => width > 0));
    assert.deepEqual(visited.problems, []);
  });

  it('shows what people type as text', async () => {
    await using visited = await visit();
    const { page, opened } = visited;
    const nasty = '<img src=x onerror=alert(1)><script>alert(2)</script> &lt; <b>fox</b>';
    await say(page, `!img ${nasty}`);
    await page.locator('.job[data-phase="done"]').waitFor();
    await opened.say(nasty, { name: '<i>Eve</i>' });
    await page.getByText('<i>Eve</i>', { exact: true }).waitFor();
    assert.equal(await page.locator('.message .text').first().textContent(), `!img ${nasty}`);
    assert.equal(await page.locator('#messages script, #messages b, #messages i, #lightbox script, #lightbox b').count(), 0);
    assert.equal(await page.locator('#messages img[src="x"]').count(), 0);
    assert.match((await page.locator('.caption').textContent()) ?? '', /AI-generated/);
    await page.locator('.tile').click();
    assert.match((await page.locator('.lightbox-caption').textContent()) ?? '', /<script>alert\(2\)<\/script> &lt; <b>fox<\/b>/);
    assert.deepEqual(visited.problems, []);
  });

  it('explains itself when it is empty, in the language of the browser', async () => {
    await using visited = await visit({}, { locale: 'de-DE' });
    const { page } = visited;
    await page.getByRole('heading', { name: 'Ein Satz von dir, ein Bild für dich.' }).waitFor();
    const examples = page.locator('.example');
    assert.equal(await examples.count(), readyStatus.model?.examples.de.length);
    await page.getByRole('button', { name: 'EN', exact: true }).click();
    await page.getByRole('heading', { name: 'Type a sentence, get a picture.' }).waitFor();
    await examples.first().click();
    await page.locator('.job[data-phase="done"]').waitFor();
    assert.equal(await page.locator('.message .text').textContent(), '!img a red fox');
    assert.ok(await page.locator('#empty').isHidden());
    assert.deepEqual(visited.problems, []);
  });

  it('shows what the model can draw, and draws what is chosen from it', async () => {
    await using visited = await visit({ stepMs: 10 }, { locale: 'de-DE', width: 390 });
    const { page, opened } = visited;
    await page.getByRole('button', { name: 'Alle 3 Dinge, die es zeichnen kann' }).click();
    const panel = page.getByRole('dialog', { name: '3 Dinge, die dieses Modell zeichnen kann' });
    await panel.getByRole('heading', { name: 'Tiere' }).waitFor();
    assert.deepEqual(await panel.locator('.thing').allTextContents(), ['Fuchs', 'Katze', 'Burg']);
    assert.deepEqual(await panel.locator('.words').allTextContents(), ['im Schnee', 'Aquarell', 'links']);
    await panel.getByText('etwa „ein roter Fuchs“').waitFor();
    await panel.getByText('Blitzbild Mini · CPU').waitFor();
    assert.ok(await page.evaluate('vocabulary.scrollWidth <= vocabulary.clientWidth'), 'nothing is cut off on a phone');
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Was es zeichnen kann' }).click();
    await panel.getByRole('button', { name: 'Katze' }).click();
    await page.locator('.job[data-phase="done"]').waitFor();
    assert.equal(await page.locator('.message .text').textContent(), '!bild Katze');
    assert.ok(await panel.isHidden());
    const { things: _, ...model } = readyStatus.model ?? assert.fail();
    opened.status = { ...readyStatus, model };
    await page.locator('#vocabulary-open').waitFor({ state: 'hidden' });
    assert.deepEqual(visited.problems, []);
  });

  it('keeps the list of things as it is while the status changes, and closes it with its model', async () => {
    await using visited = await visit({}, { width: 390 });
    const { page, opened } = visited;
    await page.locator('#vocabulary-open').click();
    await page.getByRole('dialog').getByRole('button', { name: 'cat' }).focus();
    opened.status = { ...readyStatus, engine: { ...readyStatus.engine, provider: 'cuda' }, queue: { waiting: 0, running: 1 } };
    await page.getByRole('dialog').getByText('Blitzbild Mini · CUDA').waitFor();
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'cat', 'the focus stays where it was');
    const { model: _, ...none } = readyStatus;
    opened.status = none;
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    assert.deepEqual(visited.problems, []);
  });

  it('closes the list of things by a click beside it, not by one between its parts', async () => {
    await using visited = await visit();
    const { page } = visited;
    await page.locator('#vocabulary-open').click();
    const panel = page.locator('#vocabulary[open]');
    await panel.waitFor();
    const whole = (await panel.boundingBox()) ?? assert.fail();
    const first = (await panel.locator('section').first().boundingBox()) ?? assert.fail();
    for (const [x, y] of [
      [first.x + 40, first.y + first.height + 6],
      [whole.x + 8, whole.y + 120],
      [whole.x + 40, whole.y + whole.height - 8],
    ] as const) {
      await page.mouse.click(x, y);
      assert.equal(await panel.count(), 1, `a click at ${x - whole.x}, ${y - whole.y} of ${whole.width} × ${whole.height}`);
    }
    await page.mouse.click(whole.x - 10, whole.y + 40);
    await panel.waitFor({ state: 'detached' });
    assert.deepEqual(visited.problems, []);
  });

  it('shows the whole button for the list on a small phone', async () => {
    await using visited = await visit({}, { locale: 'de-DE', width: 360, height: 640 });
    const { page } = visited;
    const opener = page.getByRole('button', { name: 'Was es zeichnen kann' }).first();
    assert.equal(await opener.innerText(), 'Motive');
    const box = (await opener.boundingBox()) ?? assert.fail();
    assert.ok(box.height >= 24, `${box.height} px high`);
    for (const id of [
      'document.querySelector(".titles")',
      'document.querySelector(".subtitle")',
      'document.querySelector("#vocabulary-open")',
    ])
      assert.ok(await page.evaluate(`${id}.scrollWidth <= ${id}.clientWidth`), `${id} is cut off`);
    assert.equal(
      await page.evaluate('getComputedStyle(document.querySelector(".subtitle")).overflow'),
      'visible',
      'the outline of the focus is seen',
    );
    assert.deepEqual(visited.problems, []);
  });

  it('opens a picture and goes to its neighbours by keyboard', async () => {
    await using visited = await visit({ stepMs: 10 });
    const { page, opened } = visited;
    await say(page, '!img birds --n 3');
    await page.locator('.job[data-phase="done"]').waitFor();
    await page.locator('.tile').first().click();
    const viewer = page.locator('#lightbox[open]');
    await viewer.getByText('1 of 3').waitFor();
    assert.ok(await viewer.getByRole('button', { name: 'Previous picture' }).isDisabled());
    await page.keyboard.press('ArrowRight');
    await viewer.getByText('2 of 3').waitFor();
    const link = viewer.getByRole('link', { name: 'Download' });
    assert.match((await link.getAttribute('download')) ?? '', /^k\w+-A2\.png$/);
    await viewer.getByRole('button', { name: 'Info' }).click();
    const reaction = await opened.inbox.waitFor((event) => event.kind === 'reaction');
    assert.ok(reaction.kind === 'reaction' && reaction.emoji === 'ℹ️');
    assert.equal(await viewer.count(), 0);
    await page.locator('.tile').nth(1).press('Enter');
    await viewer.getByText('2 of 3').waitFor();
    await page.keyboard.press('Escape');
    await viewer.waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(focusedTile), 1, 'the focus is back where it was');
    assert.deepEqual(visited.problems, []);
  });

  it('sends reactions and answers', async () => {
    await using visited = await visit({ stepMs: 10 });
    const { page, opened } = visited;
    await say(page, '!img a fox');
    await page.locator('.job[data-phase="done"]').waitFor();
    await page.getByRole('button', { name: 'Again' }).click();
    const again = await opened.inbox.waitFor((event) => event.kind === 'reaction' && event.emoji === '🔁');
    assert.equal(again.sender, '@ada:room');
    await page.getByRole('button', { name: 'Reply', exact: true }).click();
    assert.equal(await page.locator('#input').inputValue(), '!img ');
    await page.keyboard.type('info');
    await page.keyboard.press('Enter');
    const message = await opened.inbox.waitForText('!img info');
    assert.ok(message.replyTo !== undefined && message.threadId !== undefined);
    await page.locator('.answers .message.from-person').waitFor();
    assert.deepEqual(visited.problems, []);
  });

  it('helps who forgets the prefix, and recalls what was sent', async () => {
    await using visited = await visit();
    const { page, opened } = visited;
    await page.locator('#input').fill('a lighthouse');
    await page.getByRole('button', { name: 'Make it a picture' }).click();
    await opened.inbox.waitForText('!img a lighthouse');
    await page.locator('#input').press('ArrowUp');
    assert.equal(await page.locator('#input').inputValue(), '!img a lighthouse');
    await page.locator('#input').press('ArrowDown');
    assert.equal(await page.locator('#input').inputValue(), '');
    await page.locator('#input').fill('one');
    await page.locator('#input').press('Shift+Enter');
    await page.keyboard.type('two');
    await page.locator('#input').press('Enter');
    await opened.inbox.waitForText('one\ntwo');
    await page.locator('.job[data-phase="done"]').waitFor();
    assert.deepEqual(visited.problems, []);
  });

  it('comes back by itself after the program was restarted, and has missed nothing', async () => {
    await using visited = await visit();
    const { page, opened } = visited;
    await say(page, 'before');
    await opened.inbox.waitForText('before');
    await opened.restart(async () => {
      await page.locator('#connection', { hasText: 'Connection lost' }).waitFor();
      await say(page, 'written while it was away');
      await page.getByText('Not sent.').waitFor();
    });
    await opened.say('said at once after the restart', { name: 'Grace' });
    await page.getByText('said at once after the restart').waitFor();
    assert.ok(await page.locator('#connection').isHidden());
    await page.getByRole('button', { name: 'Try again' }).click();
    await opened.inbox.waitForText('written while it was away');
    await page.locator('.outgoing').waitFor({ state: 'detached' });
    assert.equal(await page.getByText('written while it was away').count(), 1);
    // The browser itself reports that nobody answered; nothing else may have gone wrong.
    assert.deepEqual(
      visited.problems.filter(
        (problem) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/.test(problem),
      ),
      [],
    );
  });

  it('asks for a name and keeps it', async () => {
    await using visited = await visit();
    const { page, opened } = visited;
    await page.getByRole('button', { name: 'Your name: Ada. Change it' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Blitzbild');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('not the name of the bot').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Grace Hopper');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.reload();
    await page.locator('#room-state', { hasText: 'ready' }).waitFor();
    await say(page, 'hello');
    const message = await opened.inbox.waitForText('hello');
    assert.equal(message.sender, '@grace-hopper:room');
    await page.getByText('you', { exact: true }).waitFor();
  });

  it('does not pull away who reads further up', async () => {
    await using visited = await visit({ stepMs: 5 }, { height: 500 });
    const { page, opened } = visited;
    for (let index = 0; index < 25; index += 1) await opened.say(`line ${index}`, { name: 'Grace' });
    await page.getByText('line 24').waitFor();
    const scroller = page.locator('#scroller');
    const fromEnd = (): Promise<number> => scroller.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
    assert.ok((await fromEnd()) < 3, 'it begins at the newest message');
    await scroller.evaluate((element) => element.scrollTo({ top: 0 }));
    // The browser tells the page of a scroll with the next frame.
    await page.locator('#unread').waitFor();
    await opened.say('news', { name: 'Grace' });
    await page.getByRole('button', { name: '1 new message' }).click();
    assert.ok((await fromEnd()) < 3);
    assert.ok(await page.locator('#unread').isHidden());
  });

  for (const [device, width, height] of [
    ['a phone', 390, 844],
    ['a small phone', 320, 568],
    ['a desktop', 1280, 800],
  ] as const) {
    it(`fits ${device}`, async () => {
      await using visited = await visit({ stepMs: 5 }, { width, height, locale: 'de-DE' });
      const { page, opened } = visited;
      opened.status = { ...readyStatus, queue: { waiting: 12, running: 1 } };
      await say(page, `!img ${'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(5)} --n 8`);
      await page.locator('.job[data-phase="done"]').waitFor();
      await say(page, '!img a robot --steeps 4');
      await page.locator('.message.error').waitFor();
      const wide = { kind: 'table', head: ['Name', 'Hash'], rows: [['embedded', 'f'.repeat(64)]] } as const;
      await opened.room.send({ transactionId: 'table', roomId: localRoomId, content: { kind: 'text', text: [wide] } });
      await page.locator('table').waitFor();
      const tooWide = await page.evaluate(tooWideElements);
      assert.deepEqual(tooWide, []);
      await page.locator('.tile').first().click();
      await page.locator('#lightbox[open] img').waitFor();
      assert.ok(await page.evaluate(viewerFits));
      assert.deepEqual(visited.problems, []);
    });
  }

  it('has a name for everything that can be operated', async () => {
    await using visited = await visit({ stepMs: 5 });
    const { page } = visited;
    await say(page, '!img a fox --n 2');
    await page.locator('.job[data-phase="done"]').waitFor();
    const nameless = await page.evaluate(namelessElements);
    assert.deepEqual(nameless, []);
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(focusOutlineStyle);
    assert.notEqual(outline, 'none', 'the focus is visible');
  });
});
