/** Puts the page together: loads the room, listens to it, and does what people click. */
import type { RichText } from '#core/rich-text.ts';
import type { RoomStatus, WireEvent } from '../events.ts';
import type { RoomActions } from './actions.ts';
import { eventsBefore, newestEvents, postReaction, postRedaction, RoomRefusal, roomStatus } from './api.ts';
import { Composer } from './composer.ts';
import { Connection } from './connection.ts';
import { ConnectionBanner } from './connection-banner.ts';
import { byId, setText } from './dom.ts';
import { EmptyRoom } from './empty-room.ts';
import { Header } from './header.ts';
import { ownName } from './identity.ts';
import { Lightbox } from './lightbox.ts';
import { refreshTimes } from './message-view.ts';
import { Outgoing } from './outgoing.ts';
import { plainLine } from './rich-text.ts';
import { RoomView } from './room-view.ts';
import { Scrolling } from './scrolling.ts';
import { slideOf } from './slides.ts';
import { translatePage } from './texts.ts';
import { VocabularyPanel } from './vocabulary-panel.ts';

let prefixes: readonly string[] = [];
/** Learned from the room's answer to an own message: only the server knows how a name becomes an id. */
let ownIds = new Map<string, string>(JSON.parse(localStorage.getItem('blitzbild.ids') ?? '[]') as [string, string][]);

const banner = new ConnectionBanner();
const announcer = byId('announcer', HTMLDivElement);
const earlier = byId('earlier', HTMLButtonElement);

const explain = (error: unknown): void => {
  if (error instanceof RoomRefusal && error.message !== '') banner.say(error.message);
  else if (!(error instanceof RoomRefusal)) throw error;
};

const actions: RoomActions = {
  react: (target, emoji) => void postReaction(ownName(), target, emoji).catch(explain),
  remove: (message) => void postRedaction(ownName(), message.eventId).catch(explain),
  replyTo: (message, command) => composer.replyTo(message, command),
  view: (pictures, position) =>
    lightbox.open(
      pictures.flatMap((message) => slideOf(message, actions) ?? []),
      position,
    ),
};

const scrolling = new Scrolling();
const lightbox = new Lightbox();
const room = new RoomView({ actions, ownId: () => ownIds.get(ownName()), prefixes: () => prefixes });
const outgoing = new Outgoing(byId('outgoing', HTMLDivElement), () => {
  emptyRoom.show(room.isEmpty && outgoing.isEmpty);
  scrolling.toEnd();
});
const composer = new Composer(
  (draft) => outgoing.send(draft),
  (sentence) => banner.say(sentence),
);
const emptyRoom = new EmptyRoom((prompt) => composer.draw(prompt));
const vocabularyPanel = new VocabularyPanel((prompt) => composer.draw(prompt), explain);
const header = new Header(translate);

const connection = new Connection({
  onEvent: receive,
  onLive: (edit) => {
    room.showLive(edit);
    scrolling.arrivedLive();
  },
  onStatus: showStatus,
  onReset: () => void load(),
  onConnected: () => banner.connected(),
  onLost: (retryInMs) => banner.lost(retryInMs),
  onLocked: () => banner.locked(),
});

function showStatus(status: RoomStatus): void {
  prefixes = status.room.commandPrefixes.map(({ text }) => text);
  header.show(status);
  composer.limitFiles(status.room.maxUploadBytes);
  composer.setPrefixes(status.room.commandPrefixes);
  emptyRoom.setModel(status.model);
  vocabularyPanel.setStatus(status);
}

function learnOwnId({ body }: WireEvent): void {
  if (body.kind === 'message' && body.senderName === ownName() && ownIds.get(body.senderName) !== body.sender) {
    ownIds = new Map([...ownIds, [body.senderName, body.sender]]);
    localStorage.setItem('blitzbild.ids', JSON.stringify([...ownIds]));
  }
}

function receive(event: WireEvent): void {
  const { body } = event;
  if (event.transactionId !== undefined) outgoing.arrived(event.transactionId);
  learnOwnId(event);
  room.add(event);
  emptyRoom.show(room.isEmpty && outgoing.isEmpty);
  if (['message', 'text', 'image', 'file'].includes(body.kind)) scrolling.arrived();
  announce(event);
}

/** Reads the bot's words aloud, but not every step of a progress. */
function announce({ body }: WireEvent): void {
  const text: RichText | undefined =
    body.kind === 'text' || body.kind === 'edit' ? body.text : 'caption' in body ? body.caption : undefined;
  if (text !== undefined) setText(announcer, plainLine(text));
}

function translate(): void {
  translatePage();
  header.translate();
  composer.translate();
  emptyRoom.translate();
  vocabularyPanel.translate();
  room.rebuild();
}

async function load(): Promise<void> {
  connection.close();
  try {
    const [events, status] = await Promise.all([newestEvents(), roomStatus()]);
    showStatus(status);
    events.forEach(learnOwnId);
    room.rebuild(events);
    earlier.hidden = (room.firstSequence ?? 1) <= 1;
    emptyRoom.show(room.isEmpty);
    connection.open(room.lastSequence);
    scrolling.toEnd();
  } catch (error) {
    if (error instanceof RoomRefusal && error.code === 'unauthorised') banner.locked();
    else {
      banner.lost(2000);
      setTimeout(() => void load(), 2000);
    }
  }
}

earlier.addEventListener('click', () => {
  void eventsBefore(room.firstSequence ?? 1)
    .then((older) => {
      scrolling.keepPlace(() => room.prepend(older));
      earlier.hidden = older.length === 0 || (room.firstSequence ?? 1) <= 1;
    })
    .catch(explain);
});

setInterval(refreshTimes, 30_000);
translate();
composer.focus();
await load();
