import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '#src/backup/durable-files.ts';
import type { ErasedPeople, Person } from '#core/personal-data-port.ts';

/** In the data folder, beside the database: a backup that is older does not take it back. */
export const erasedPeopleFile = 'erased-people.json';

type List = { readonly salt: string; readonly people: readonly { readonly hash: string; readonly atMs: number }[] };

/**
 * Who was erased, and when, so that a backup from before erases them again when it is restored. Nobody's id stands there: only who has an
 * id can ask whether it is on the list. Whoever has both the list and the ids of all members can find out, too.
 */
export class ErasedPeopleFile implements ErasedPeople {
  readonly #path: string;
  /** One change at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(dataFolder: string) {
    this.#path = join(dataFolder, erasedPeopleFile);
  }

  async note(person: Person, atMs: number): Promise<void> {
    const noted = this.#last.then(async () => {
      const { salt, people } = (await this.#read()) ?? { salt: randomBytes(16).toString('hex'), people: [] };
      const hash = hashOf(person, salt);
      await this.#write({ salt, people: [...people.filter((other) => other.hash !== hash), { hash, atMs }] });
    });
    this.#last = noted.catch(() => {});
    return noted;
  }

  /** Of these, those who were erased later than this. */
  async erasedSince(people: readonly Person[], sinceMs: number): Promise<readonly Person[]> {
    const list = await this.#read();
    if (list === undefined) return [];
    const later = list.people.filter(({ atMs }) => atMs > sinceMs).map(({ hash }) => Buffer.from(hash, 'hex'));
    return people.filter((person) => {
      const own = Buffer.from(hashOf(person, list.salt), 'hex');
      return later.some((hash) => hash.length === own.length && timingSafeEqual(hash, own));
    });
  }

  async #read(): Promise<List | undefined> {
    try {
      return JSON.parse(await readFile(this.#path, 'utf8')) as List;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #write(list: List): Promise<void> {
    await writeDurably(this.#path, JSON.stringify(list));
  }
}

const hashOf = ({ platform, user }: Person, salt: string): string => createHmac('sha256', salt).update(`${platform} ${user}`).digest('hex');
