/** Somebody who talks to the bot in a channel of Mattermost's, and waits until everything has been said. */
import type { Person, WirePost } from '../../chat/mattermost/fake/person.ts';
import { until } from './program.ts';

type Saying = {
  readonly rootId?: string;
  readonly fileIds?: readonly string[];
  /** Nothing is drawn before somebody says so. */
  readonly isHeld?: boolean;
};

/** So many reactions the bot puts under a picture, and under a question. */
const hintsOfPicture = 3;
const hintsOfQuestion = 2;

export class Conversation {
  readonly #person: Person;
  readonly #channel: string;
  readonly #botId: string;
  readonly #hasButtons: boolean;
  #expected = 0;

  /** @param hasButtons instead of reactions to click */
  constructor(person: Person, channel: string, botId: string, { hasButtons = false } = {}) {
    [this.#person, this.#channel, this.#botId, this.#hasButtons] = [person, channel, botId, hasButtons];
  }

  /** Says it, and waits for so many more posts of the bot, all of them in their last form. Resolves with its post. */
  async say(text: string, answers: number, { isHeld = false, ...more }: Saying = {}): Promise<string> {
    const id = await this.#person.say(this.#channel, text, more);
    await this.wait(text, answers, isHeld);
    return id;
  }

  async react(post: string, emoji: string, answers: number): Promise<void> {
    await this.#person.react(post, emoji);
    await this.wait(emoji, answers);
  }

  /** For so many more posts of the bot. */
  async wait(what: string, answers: number, isHeld = false): Promise<void> {
    this.#expected += answers;
    await until(`${answers} answers to «${what}»`, async () => {
      const own = await this.own();
      return own.length >= this.#expected && (isHeld || own.every((post) => this.#isWhole(post))) ? true : undefined;
    }).catch(async (error: unknown) => {
      throw new Error(`Instead there is:\n${(await this.own()).map(({ message }) => message).join('\n')}`, { cause: error });
    });
    const { length } = await this.own();
    if (length !== this.#expected) throw new Error(`«${what}»: ${length - this.#expected + answers} posts instead of ${answers}`);
  }

  /** What people and the bot have said, oldest first. */
  async posts(): Promise<readonly WirePost[]> {
    return (await this.#person.history(this.#channel)).filter(({ type }) => type === '');
  }

  async own(): Promise<readonly WirePost[]> {
    return (await this.posts()).filter(({ user_id: user }) => user === this.#botId);
  }

  /** What the bot said in a thread. */
  async answers(rootId: string): Promise<readonly WirePost[]> {
    return (await this.own()).filter(({ root_id: root }) => root === rootId);
  }

  /** The newest post with this picture: `A1`. */
  async picture(cell: string): Promise<string> {
    const found = (await this.own()).findLast((post) => fileNames(post).some((name) => new RegExp(`^\\w{4}-${cell}\\b`).test(name)));
    if (found === undefined) throw new Error(`There is no picture ${cell}`);
    return found.id;
  }

  #isWhole(post: WirePost): boolean {
    const names = fileNames(post);
    const hints = post.metadata?.reactions?.filter(({ user_id: user }) => user === this.#botId).length ?? 0;
    // A question waits for its thumbs; an acknowledgement has yet to become the end of its job.
    if (names.length === 0 && isQuestion(post)) return this.#hasButtons || hints >= hintsOfQuestion;
    if (names.length === 0) return !/^\*\*[a-z0-9]{4}\*\* (?!.*(?:cancelled|abgebrochen))/u.test(post.message);
    return this.#hasButtons || !/^\w{4}-[A-Z]\d/u.test(names[0]!) || hints >= hintsOfPicture;
  }
}

const isQuestion = ({ message }: WirePost): boolean => /(?:React with|Reagiere mit) 👍/u.test(message);

export const fileNames = ({ metadata }: WirePost): readonly string[] => metadata?.files?.map(({ name }) => name) ?? [];
