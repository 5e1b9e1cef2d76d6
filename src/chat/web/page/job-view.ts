/** The card of one job: progress, then pictures, then the timing line; one element for its whole life. */
import type { RichText } from '#core/rich-text.ts';
import { botEmoji, isStarred, type RoomActions } from './actions.ts';
import { button } from './button.ts';
import type { JobItem, Message } from './conversations.ts';
import { el, syncChildren } from './dom.ts';
import { cellName, PictureTile, placeholderTile } from './picture-tile.ts';
import { reactionChips } from './reactions.ts';
import { richTextElements } from './rich-text.ts';
import { pictureButtons } from './slides.ts';
import { t } from './texts.ts';

export class JobView {
  readonly element = el('div', { class: 'job' });
  readonly #actions: RoomActions;
  /** Holds the contact sheet. */
  readonly #sheetPlace = el('div', { class: 'sheet' });
  readonly #grid = el('div', { class: 'pictures' });
  readonly #placeholder = placeholderTile();
  readonly #status = el('div', { class: 'job-status' });
  readonly #bar = el('div', { class: 'meter' }, el('div', { class: 'meter-fill' }));
  readonly #barFill = this.#bar.firstElementChild as HTMLElement;
  readonly #buttons = el('div', { class: 'buttons' });
  readonly #tiles = new Map<string, PictureTile>();
  #shownStatus = '';
  #shownButtons = '';

  constructor(actions: RoomActions) {
    this.#actions = actions;
  }

  update(job: JobItem): void {
    const open = job.phase === 'waiting' || job.phase === 'working';
    this.element.dataset['phase'] = job.phase;
    this.#updatePictures(job, job.phase === 'working');
    this.#updateStatus(job);
    this.#updateBar(job, open);
    this.#updateButtons(job, open);
    const showsPictures = job.pictures.length > 0 || job.phase === 'working';
    syncChildren(this.element, [
      ...(job.sheet === undefined ? [] : [this.#sheetPlace]),
      ...(showsPictures ? [this.#grid] : []),
      ...(open ? [this.#bar] : []),
      this.#status,
      ...(this.#buttons.childElementCount > 0 ? [this.#buttons] : []),
    ]);
  }

  #updatePictures({ sheet, pictures }: JobItem, more: boolean): void {
    // The viewer goes through all of them, the sheet first.
    const all = sheet === undefined ? pictures : [sheet, ...pictures];
    const tileOf = (message: Message): PictureTile | undefined => {
      const { picture } = message;
      if (picture === undefined) return undefined;
      const wide = message === sheet ? '(max-width: 860px) 92vw, 780px' : undefined;
      const tile = this.#tiles.get(message.eventId) ?? new PictureTile(picture, wide);
      this.#tiles.set(message.eventId, tile);
      tile.onOpen = () => this.#actions.view(all, all.indexOf(message));
      tile.showStar(isStarred(message));
      return tile;
    };
    const sheetTile = sheet === undefined ? undefined : tileOf(sheet);
    if (sheetTile !== undefined) syncChildren(this.#sheetPlace, [sheetTile.element]);
    const sheetImage = sheet?.picture?.image;
    if (sheetImage !== undefined) this.#sheetPlace.style.setProperty('--ratio', String(sheetImage.widthPx / sheetImage.heightPx));
    const tiles = pictures.flatMap((message) => {
      const tile = tileOf(message);
      tile?.showCell(pictures.length > 1 || more);
      return tile?.element ?? [];
    });
    const count = tiles.length + (more ? 1 : 0);
    this.#grid.dataset['count'] = count <= 4 && sheet === undefined ? String(count) : 'many';
    const columns = columnsOf(pictures);
    this.#grid.dataset['columns'] = columns > 4 ? 'many' : String(columns);
    this.#grid.style.setProperty('--columns', String(columns));
    const first = pictures[0]?.picture?.image;
    if (first !== undefined) this.#grid.style.setProperty('--ratio', String(first.widthPx / first.heightPx));
    syncChildren(this.#grid, more ? [...tiles, this.#placeholder] : tiles);
  }

  #updateStatus({ status, pictures, phase }: JobItem): void {
    const text = status === undefined ? undefined : ((status.live?.text ?? status.text) as RichText);
    const caption = phase === 'working' || pictures.length === 0 ? [] : captionOf(pictures);
    const shown = JSON.stringify([text, caption]);
    if (shown === this.#shownStatus) return;
    this.#shownStatus = shown;
    const lines = text === undefined ? [] : richTextElements(withoutDrawnBar(text));
    this.#status.replaceChildren(
      ...(caption.length === 0 ? [] : [el('div', { class: 'caption' }, ...richTextElements(caption))]),
      el('div', { class: 'status-text' }, ...lines),
    );
  }

  #updateBar({ progress, phase }: JobItem, open: boolean): void {
    if (!open) return;
    const known = phase === 'working' && progress !== undefined;
    const part = known ? Math.min(1, Math.max(0, progress)) : 0;
    this.#bar.role = 'progressbar';
    this.#bar.ariaLabel = t().progress;
    this.#bar.ariaValueMin = '0';
    this.#bar.ariaValueMax = '100';
    this.#bar.ariaValueNow = known ? String(Math.round(part * 100)) : null;
    this.#bar.dataset['known'] = String(known);
    this.#barFill.style.setProperty('--part', String(part));
  }

  #updateButtons(job: JobItem, open: boolean): void {
    const target = job.status ?? job.pictures[0] ?? job.sheet;
    if (target === undefined) return;
    // One picture: what can be done with it stands here, not only in the viewer.
    const only = job.pictures.length === 1 && job.phase === 'done' ? job.pictures[0] : undefined;
    const others = [target, ...(only === undefined ? [] : [only])].map((message) => `${message.eventId} ${reactionSummary(message)}`);
    const wanted = JSON.stringify([open, others, document.documentElement.lang]);
    if (wanted === this.#shownButtons) return;
    this.#shownButtons = wanted;
    const react =
      (emoji: string): (() => void) =>
      () =>
        this.#actions.react(target.eventId, emoji);
    this.#buttons.replaceChildren(
      ...(open
        ? [button({ icon: 'cancel', label: t().stop, title: botEmoji.cancel, onClick: react(botEmoji.cancel) })]
        : only === undefined
          ? [
              button({ icon: 'again', label: t().again, title: botEmoji.again, onClick: react(botEmoji.again) }),
              button({ icon: 'info', label: t().info, title: botEmoji.info, onClick: react(botEmoji.info) }),
              button({ icon: 'reply', label: t().reply, onClick: () => this.#actions.replyTo(target) }),
            ]
          : pictureButtons(only, this.#actions)),
      ...reactionChips(target, this.#actions, Object.values(botEmoji)),
      ...(only === undefined || only === target ? [] : reactionChips(only, this.#actions, Object.values(botEmoji))),
    );
  }
}

/**
 * Beneath the pictures: the facts of a single one (the prompt stands right above), and of several only what they have in
 * common; the viewer shows the rest.
 */
function captionOf(pictures: readonly Message[]): RichText {
  const [first, ...more] = pictures;
  if (more.length > 0) return [{ kind: 'paragraph', spans: [{ text: t().aiGenerated, style: 'muted' }] }];
  if (first === undefined || typeof first.text === 'string') return [];
  const facts = first.text.flatMap((block) => (block.kind === 'paragraph' ? block.spans : [])).filter(({ style }) => style === 'muted');
  return facts.length === 0 ? first.text : [{ kind: 'paragraph', spans: facts }];
}

/** Other chats see the progress as a row of blocks; here stands a real bar. */
const withoutDrawnBar = (text: RichText): RichText =>
  text.map((block) =>
    block.kind === 'paragraph'
      ? { ...block, spans: block.spans.map((span) => ({ ...span, text: span.text.replace(/[▓░]{4,} */gu, '') })) }
      : block,
  );

/** Cells are named A1 …, B1 …: a row a letter, where that makes rows. */
function columnsOf(pictures: readonly Message[]): number {
  const cells = pictures.map(({ picture }) => cellName(picture?.fileName ?? ''));
  const rows = new Set(cells.map((cell) => cell[0]));
  const longest = Math.max(1, ...cells.map((cell) => Number(cell.slice(1)) || 1));
  return rows.size > 1 && longest > 1 ? longest : 5;
}

const reactionSummary = ({ reactions }: Message): string => [...reactions].map(([emoji, who]) => `${emoji}${who.size}`).join(' ');
