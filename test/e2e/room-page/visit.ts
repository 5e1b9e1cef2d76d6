/** A person before the page of a local room, and the room behind it. */
import type { Browser, BrowserContext, Page } from 'playwright-core';

import type { LocalRoomOptions } from '#src/chat/web/local-room.ts';

import { openRoom, type OpenedRoom } from '../../chat/web/opened-room.ts';
import { ScriptedBot, type BotScript } from './scripted-bot.ts';

export type Visit = AsyncDisposable & {
  readonly page: Page;
  readonly opened: OpenedRoom;
  /** What the browser complained about. */
  readonly problems: readonly string[];
};

export type Visiting = {
  readonly script?: Partial<BotScript>;
  readonly room?: (opened: () => OpenedRoom) => Partial<LocalRoomOptions>;
  readonly width?: number;
  readonly height?: number;
  readonly locale?: string;
  readonly dark?: boolean;
};

/** Opens the page as `Ada`. */
export async function visitRoom(browser: Browser, visiting: Visiting = {}): Promise<Visit> {
  const { width = 1280, height = 800, locale = 'en-US', dark = false } = visiting;
  const bot = new ScriptedBot({ images: () => opened.images, ...visiting.script });
  const opened: OpenedRoom = await openRoom(visiting.room?.(() => opened) ?? {}, (event, room) => bot.hear(event, room));
  const context: BrowserContext = await browser.newContext({
    viewport: { width, height },
    locale,
    colorScheme: dark ? 'dark' : 'light',
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const problems: string[] = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('dialog', (dialog) => {
    problems.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.addInitScript(() => localStorage.getItem('blitzbild.name') ?? localStorage.setItem('blitzbild.name', 'Ada'));
  await page.goto(opened.room.url);
  await page.locator('#room-state', { hasText: /\w/ }).waitFor();
  return {
    page,
    opened,
    problems,
    async [Symbol.asyncDispose]() {
      await bot.finished();
      await context.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}

export const say = async (page: Page, text: string): Promise<void> => {
  await page.locator('#input').fill(text);
  await page.locator('#input').press('Enter');
};
