import { marked } from 'marked';

import { eventId, roomId as asRoomId, userId, type EventId } from '#core/types.ts';
import { emojiOf, nameOf } from '#src/chat/mattermost/emoji.ts';
import { MattermostPlatform, type MattermostOptions } from '#src/chat/mattermost/mattermost-platform.ts';
import { reactionId, readReaction } from '#src/chat/mattermost/post.ts';

import type { ChatHarness, PersonInTheRoom, SeenFile, SeenImage, SeenMessage } from '../../contract/chat-harness.ts';
import { RecordingInbox } from '../../contract/recording-inbox.ts';
import { ImagesInTest, LogInTest, MemoryInTest } from '../matrix/fakes.ts';
import type { FakeMattermost } from './fake/fake.ts';
import type { Person, WireFile, WirePost } from './fake/person.ts';

/** A channel with a bot and a person in it, on a server of any kind. */
export type Place = {
  readonly serverUrl: string;
  readonly bot: { readonly userId: string; readonly token: string };
  readonly person: Person;
  readonly channelId: string;
};

let places = 0;

/** A bot of its own on the fake, in a private channel with a plain member of the team. */
export function placeOnFake(fake: FakeMattermost): Place {
  places += 1;
  const bot = fake.createBot(`blitzbild${places}`);
  const person = fake.createUser(`guest${places}`);
  const teamId = fake.createTeam(`team${places}`);
  const channelId = fake.createChannel({ teamId, name: `pictures${places}`, type: 'P', members: [bot, person] });
  return { serverUrl: fake.url, bot, person, channelId };
}

/** Options with memory in RAM and no pauses worth waiting for. */
export function mattermostOptions(
  about: Pick<MattermostOptions, 'serverUrl' | 'accessToken'> & Partial<MattermostOptions>,
): MattermostOptions & { readonly memory: MemoryInTest; readonly images: ImagesInTest; readonly log: LogInTest } {
  const { memory, images, log, ...rest } = about;
  return {
    allowed: { teams: [], channels: [] },
    reconnectMs: 100,
    random: () => 0,
    ...rest,
    memory: (memory as MemoryInTest | undefined) ?? new MemoryInTest(),
    images: (images as ImagesInTest | undefined) ?? new ImagesInTest(),
    log: (log as LogInTest | undefined) ?? new LogInTest(),
  };
}

/** The platform, started, at this place. */
export async function mattermostHarness({ serverUrl, bot, person, channelId }: Place): Promise<ChatHarness> {
  const options = mattermostOptions({ serverUrl, accessToken: bot.token });
  const inbox = new RecordingInbox();
  let platform = new MattermostPlatform(options);
  await platform.start(inbox);
  return {
    get platform() {
      return platform;
    },
    inbox,
    roomId: asRoomId(channelId),
    person: personAt(person, channelId, bot.userId),
    supports: { redaction: true, messagesWhileDown: true, answersOutsideThreads: false, ownThumbnails: false },
    async sendFileAs(_person, { name, bytes, text }) {
      return eventId(await person.say(channelId, text, { fileIds: [await person.upload(channelId, { name, bytes })] }));
    },
    storeImage: (...image) => options.images.store(...image),
    storeFile: (...file) => options.images.put(...file),
    async restart(whileDown) {
      await platform.close();
      await whileDown?.();
      platform = new MattermostPlatform(options);
      await platform.start(inbox);
    },
    stop: () => platform.close(),
  };
}

function personAt(person: Person, channelId: string, botUserId: string): PersonInTheRoom {
  return {
    userId: userId(person.userId),
    isAdmin: false,
    async send(text, { threadId, replyTo } = {}) {
      // Every answer stands in a thread, and a thread begins with a message that is in none.
      const answered = threadId ?? replyTo;
      const rootId = answered === undefined ? undefined : (await person.post(answered)).root_id || answered;
      return eventId(await person.say(channelId, text, rootId === undefined ? {} : { rootId }));
    },
    async react(target, emoji): Promise<EventId> {
      const name = nameOf(emoji);
      if (name === undefined) throw new Error(`no name for ${emoji}`);
      const reaction = readReaction(await person.react(target, name));
      if (reaction === undefined) throw new Error('the server answered with no reaction');
      return eventId(reactionId(reaction));
    },
    redact: (target) => person.delete(target),
    seeMessages: () => seenMessages(person, channelId, botUserId),
  };
}

/** The channel as a client shows it: Markdown rendered, reactions counted, files downloaded; what the server says itself is left out. */
export async function seenMessages(person: Person, channelId: string, botUserId: string): Promise<readonly SeenMessage[]> {
  const posts = (await person.history(channelId)).filter(({ type }) => type === '');
  return Promise.all(posts.map(async (post) => seenMessage(person, post, botUserId)));
}

async function seenMessage(person: Person, post: WirePost, botUserId: string): Promise<SeenMessage> {
  const from = (id: string): 'bot' | 'person' => (id === botUserId ? 'bot' : 'person');
  const html = shownAs(post.message);
  const file = post.user_id === botUserId ? post.metadata?.files?.[0] : undefined;
  return {
    eventId: post.id,
    from: from(post.user_id),
    text: textOf(html),
    html,
    edited: post.edit_at > 0,
    reactions: (post.metadata?.reactions ?? []).map(({ emoji_name: name, user_id: id }) => ({
      emoji: emojiOf(name) ?? name,
      from: from(id),
    })),
    ...(post.root_id === '' ? {} : { threadId: post.root_id, replyTo: post.root_id }),
    ...(file === undefined ? {} : await seenFileOrImage(person, post, file)),
  };
}

async function seenFileOrImage(
  person: Person,
  post: WirePost,
  file: WireFile,
): Promise<{ readonly image: SeenImage } | { readonly file: SeenFile }> {
  const { bytes } = await person.download(file.id);
  if (file.width === undefined) return { file: { bytes, size: file.size, mimeType: file.mime_type, fileName: file.name } };
  const thumbnail = await person.download(file.id, '/thumbnail');
  const { alt, blurhash } = post.props['blitzbild'] as { readonly alt: string; readonly blurhash: string };
  return {
    image: {
      bytes,
      thumbnailBytes: thumbnail.bytes,
      widthPx: file.width,
      heightPx: file.height!,
      size: file.size,
      mimeType: file.mime_type,
      fileName: namedOf(file.name, alt),
      altText: alt,
      blurhash,
    },
  };
}

/** A picture is called by its name and then by what it shows, which is all that a screen reader has of it. */
function namedOf(fileName: string, alt: string): string {
  const [, name, shown, ending] = /^(\S+)(?: (.+))?(\.\w+)$/.exec(fileName) ?? [];
  if (name === undefined || shown === undefined) throw new Error(`a screen reader says no more than «${fileName}», which shows «${alt}»`);
  return `${name}${ending}`;
}

/** As Mattermost's own client renders a message: no HTML of anybody's, and a line break is one. */
const shownAs = (message: string): string => marked.parse(message, { gfm: true, breaks: true, async: false }).trim();

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#36': '$', '#124': '|' };

/** What stands on the screen; what keeps names from being called, between an @ and a name, nobody sees. */
const textOf = (html: string): string =>
  html
    .replaceAll(/<br>/g, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(amp|lt|gt|quot|#39|#36|#124);/g, (_, name: string) => entities[name]!)
    .replaceAll('\u2060', '');
