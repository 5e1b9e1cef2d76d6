/**
 * The picture of the room in the README: starts the program as it is on an empty data folder, lets two people ask for
 * pictures, and photographs the page.
 *
 * `node test/e2e/room-page/screenshot.ts [OUT]`, by default `docs/room.png`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readConfig } from '#src/config.ts';
import { createLog } from '#src/log.ts';
import { start } from '#src/main.ts';

import { ensureChromium, launchChromium } from './chromium.ts';

export type Photograph = {
  /** Address of a running room, with its token if it has one. */
  readonly url: string;
  /** PNG file to write. */
  readonly out: string;
  /** What is typed, by whom; each waits until the one before was answered. */
  readonly messages: readonly { readonly name: string; readonly text: string }[];
  readonly widthPx: number;
  readonly heightPx: number;
  readonly dark: boolean;
  /** Language of the browser, such as `de-DE`. */
  readonly locale: string;
};

/** Who is last sits before the page that is photographed. */
export async function photographRoom({ url, out, messages, widthPx, heightPx, dark, locale }: Photograph): Promise<void> {
  const chromium = await ensureChromium();
  if ('reason' in chromium) throw new Error(chromium.reason);
  const browser = await launchChromium(chromium.path);
  try {
    const context = await browser.newContext({
      viewport: { width: widthPx, height: heightPx },
      colorScheme: dark ? 'dark' : 'light',
      locale,
      deviceScaleFactor: 2,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    for (const { name, text } of messages) {
      await page.goto(url);
      await page.evaluate(`localStorage.setItem('blitzbild.name', ${JSON.stringify(name)})`);
      await page.goto(url);
      const before = await page.locator('.answers > *').count();
      await page.locator('#room-state', { hasText: /\w/ }).waitFor();
      await page.locator('#input').fill(text);
      await page.locator('#input').press('Enter');
      await page.locator('.answers > *').nth(before).waitFor({ timeout: 60_000 });
      await page.locator('.job[data-phase="waiting"], .job[data-phase="working"]').first().waitFor({ state: 'detached', timeout: 300_000 });
    }
    await page.locator('.tile.loaded').last().waitFor();
    await page.screenshot({ path: out });
  } finally {
    await browser.close();
  }
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const data = await mkdtemp(join(tmpdir(), 'blitzbild-photograph-'));
  const config = readConfig(root, { BLITZBILD_DATA: data, BLITZBILD_PORT: '0', BLITZBILD_HOST: '127.0.0.1', LOG_LEVEL: 'error' });
  const { signal } = new AbortController();
  const running = await start(config, createLog('error'), { say: () => {}, signal });
  try {
    await photographRoom({
      url: running.roomUrl ?? '',
      out: process.argv[2] ?? join(root, 'docs/room.png'),
      messages: [
        { name: 'Grace', text: '!img a castle at night, watercolor --seed 4' },
        { name: 'Ada', text: '!img a rocket in space, pixel art --n 5 --seed 7' },
      ],
      widthPx: 1100,
      heightPx: 1060,
      dark: false,
      locale: 'en-US',
    });
  } finally {
    await running.close();
    await rm(data, { recursive: true });
  }
}
