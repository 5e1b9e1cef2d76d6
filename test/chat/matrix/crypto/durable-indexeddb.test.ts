import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as fake from 'fake-indexeddb';
import fc from 'fast-check';
import { DurableIndexedDb } from '#src/chat/matrix/crypto/durable-indexeddb.ts';
import { globalClasses, loadInternals } from '#src/chat/matrix/crypto/indexeddb-internals.ts';
import { hookTransactions } from '#src/chat/matrix/crypto/indexeddb-writes.ts';
import { decodeKey, encodeKey, type RecordKey } from '#src/chat/matrix/crypto/record-codec.ts';
import { StoreFile } from '#src/chat/matrix/crypto/store-file.ts';

const internals = await loadInternals();
hookTransactions(internals);

let folder: string;
let made = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'durable-indexeddb-'));
});
after(async () => rm(folder, { recursive: true, force: true }));

/** A database as callers see it; `reopen` closes the file and reads it again. */
class Kept {
  readonly #path = join(folder, `${made++}.sqlite`);
  #file = new StoreFile(this.#path);
  #durable = new DurableIndexedDb(internals, this.#file, assert.fail);

  get factory(): any {
    return this.#durable.factory;
  }

  reopen(): void {
    this.#durable.close();
    this.#file = new StoreFile(this.#path);
    this.#durable = new DurableIndexedDb(internals, this.#file, assert.fail);
  }

  close(): void {
    this.#durable.close();
  }
}

const storeNames = ['named', 'numbered', 'plain'] as const;
type StoreName = (typeof storeNames)[number];

const settled = async (request: any): Promise<any> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error));
  });
const ended = async (transaction: any): Promise<string> =>
  new Promise((resolve) => {
    for (const type of ['complete', 'abort']) transaction.addEventListener(type, () => resolve(type));
  });

async function openDatabase(factory: any, version = 1, upgrade = makeStores): Promise<any> {
  const request = factory.open('database', version);
  request.addEventListener('upgradeneeded', () => upgrade(request));
  return settled(request);
}

function makeStores({ result: database }: any): void {
  for (const store of [
    database.createObjectStore('named', { keyPath: 'id' }),
    database.createObjectStore('numbered', { keyPath: 'id', autoIncrement: true }),
  ]) {
    store.createIndex('by-tag', 'tag', { unique: false });
    store.createIndex('by-tags', 'tags', { unique: false, multiEntry: true });
    store.createIndex('by-name', 'name', { unique: true });
  }
  database.createObjectStore('plain');
}

/** All that can be asked: records in their order, and by each index. */
async function contentsOf(database: any): Promise<unknown> {
  const transaction = database.transaction(storeNames, 'readonly');
  return Promise.all(
    storeNames.flatMap((name) => {
      const store = transaction.objectStore(name);
      const indexed = [...store.indexNames].map((index) => settled(store.index(index).getAll()));
      return [settled(store.getAllKeys()), settled(store.getAll()), ...indexed];
    }),
  );
}

type Step =
  | {
      readonly kind: 'put' | 'add';
      readonly store: StoreName;
      readonly key: number;
      readonly tag: string;
      readonly name: string;
    }
  | { readonly kind: 'auto'; readonly tag: string; readonly name: string }
  | { readonly kind: 'delete'; readonly store: StoreName; readonly from: number; readonly to: number }
  | { readonly kind: 'clear'; readonly store: StoreName }
  | { readonly kind: 'cursor'; readonly store: 'named' | 'numbered'; readonly action: 'delete' | 'update'; readonly tag: string };

const stores = fc.constantFrom(...storeNames);
const keys = fc.integer({ min: 1, max: 9 });
const tags = fc.constantFrom('red', 'green', 'grün', '\u{1f98a}');
const names = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('put' as const, 'add' as const),
    store: fc.constantFrom('named' as const, 'plain' as const),
    key: keys,
    tag: tags,
    name: names,
  }),
  fc.record({ kind: fc.constant('auto' as const), tag: tags, name: names }),
  fc.record({ kind: fc.constant('delete' as const), store: stores, from: keys, to: keys }),
  fc.record({ kind: fc.constant('clear' as const), store: stores }),
  fc.record({
    kind: fc.constant('cursor' as const),
    store: fc.constantFrom('named' as const, 'numbered' as const),
    action: fc.constantFrom('delete' as const, 'update' as const),
    tag: tags,
  }),
);
const transactions = fc.record({
  steps: fc.array(steps, { maxLength: 6 }),
  end: fc.constantFrom('commit' as const, 'commit' as const, 'abort' as const),
  reopens: fc.boolean(),
});

async function perform(transaction: any, step: Step): Promise<string> {
  const valueOf = ({ tag, name }: { readonly tag: string; readonly name: string }) => ({ tag, tags: [tag, 'any'], name, at: new Date(5) });
  const request = () => {
    const store = transaction.objectStore('store' in step ? step.store : 'numbered');
    switch (step.kind) {
      case 'put':
      case 'add':
        return step.store === 'plain'
          ? store[step.kind](valueOf(step), [step.key, new Date(step.key), 'part'])
          : store[step.kind]({ ...valueOf(step), id: step.key });
      case 'auto':
        return store.add(valueOf(step));
      case 'delete': {
        const [from, to] = [Math.min(step.from, step.to), Math.max(step.from, step.to)];
        return store.delete(step.store === 'plain' ? fake.IDBKeyRange.bound([from], [to, []]) : fake.IDBKeyRange.bound(from, to));
      }
      case 'clear':
        return store.clear();
      case 'cursor':
        return store.index('by-tag').openCursor(fake.IDBKeyRange.only(step.tag));
    }
  };
  const asked = request();
  // A name that is taken fails its request alone: the rest of the transaction goes on.
  asked.addEventListener('error', (event: any) => {
    event.preventDefault();
    event.stopPropagation();
  });
  const result = await settled(asked).catch((error: Error) => error.name);
  if (step.kind !== 'cursor' || result === null) return typeof result === 'string' ? result : 'done';
  await settled(step.action === 'delete' ? result.delete() : result.update({ ...result.value, tag: 'moved' }));
  return 'done';
}

async function run(database: any, all: { readonly steps: readonly Step[]; readonly end: 'commit' | 'abort' }): Promise<unknown> {
  const transaction = database.transaction(storeNames, 'readwrite');
  const end = ended(transaction);
  const outcomes: string[] = [];
  for (const step of all.steps) outcomes.push(await perform(transaction, step));
  if (all.end === 'abort') transaction.abort();
  return [...outcomes, await end];
}

test('whatever is written, aborted and opened again: the same answers as from a database that was never closed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(transactions, { minLength: 1, maxLength: 6 }), async (all) => {
      const kept = new Kept();
      const model = await openDatabase(new fake.IDBFactory());
      let database = await openDatabase(kept.factory);
      try {
        for (const transaction of all) {
          assert.deepEqual(await run(database, transaction), await run(model, transaction));
          if (transaction.reopens) {
            kept.reopen();
            database = await openDatabase(kept.factory);
          }
          assert.deepEqual(await contentsOf(database), await contentsOf(model));
        }
      } finally {
        kept.close();
      }
    }),
    { numRuns: 60 },
  );
});

test('an upgrade is stored whole: new and removed object stores, indexes over what was there; one that is aborted leaves all as it was', async () => {
  const kept = new Kept();
  const database = await openDatabase(kept.factory);
  const transaction = database.transaction(['numbered', 'plain'], 'readwrite');
  const stored = ended(transaction);
  transaction.objectStore('numbered').add({ name: 'fox', colour: 'red' });
  transaction.objectStore('plain').put({ big: 2n, bytes: new Uint8Array([1, 2]) }, 'key');
  assert.equal(await stored, 'complete');
  database.close();

  kept.reopen();
  await assert.rejects(
    openDatabase(kept.factory, 2, ({ result, transaction: upgrade }: any) => {
      result.deleteObjectStore('numbered');
      upgrade.abort();
    }),
  );
  kept.reopen();
  const upgraded = await openDatabase(kept.factory, 2, ({ result, transaction: upgrade }: any) => {
    upgrade.objectStore('numbered').createIndex('by-colour', 'colour');
    upgrade.objectStore('numbered').deleteIndex('by-tag');
    result.createObjectStore('new').put('value', 1);
    result.deleteObjectStore('plain');
  });
  upgraded.close();

  kept.reopen();
  const again = await openDatabase(kept.factory, 2, () => assert.fail('is of this version already'));
  assert.deepEqual([...again.objectStoreNames], ['named', 'new', 'numbered']);
  const reading = again.transaction(['new', 'numbered'], 'readonly');
  const numbered = reading.objectStore('numbered');
  assert.deepEqual([...numbered.indexNames], ['by-colour', 'by-name', 'by-tags']);
  assert.deepEqual(await settled(numbered.index('by-colour').get('red')), { id: 1, name: 'fox', colour: 'red' });
  assert.equal(await settled(reading.objectStore('new').get(1)), 'value');
  kept.close();
});

test('keys as text: the same for the same key, another for another, and back', () => {
  const part: fc.Arbitrary<RecordKey> = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true }),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => bytes.slice().buffer),
  );
  const key: fc.Arbitrary<RecordKey> = fc.oneof(part, fc.array(fc.oneof(part, fc.array(part, { maxLength: 2 })), { maxLength: 3 }));
  const { cmp } = new fake.IDBFactory() as any;
  fc.assert(
    fc.property(key, key, (one, other) => {
      assert.equal(cmp(decodeKey(encodeKey(one)), one), 0);
      assert.equal(encodeKey(one) === encodeKey(other), cmp(one, other) === 0);
    }),
  );
  // One string in both of V8's forms.
  assert.equal(encodeKey('abcü'), encodeKey('abcü\u{1f98a}'.slice(0, 4)));
});

test('databases of others are left alone', async () => {
  const database = await openDatabase(new fake.IDBFactory());
  assert.deepEqual(await run(database, { steps: [{ kind: 'auto', tag: 'red', name: 'a' }], end: 'commit' }), ['done', 'complete']);
});

test('the packages are the ones whose insides are known', async () => {
  const require = createRequire(import.meta.url);
  const { version } = JSON.parse(await readFile(join(require.resolve('fake-indexeddb'), '../../../package.json'), 'utf8'));
  assert.equal(
    version,
    '6.2.8',
    'another fake-indexeddb: read src/chat/matrix/crypto/indexeddb-internals.ts against it, run this file, then change this line',
  );
  const binding = await readFile(
    join(require.resolve('@matrix-org/matrix-sdk-crypto-wasm'), '../pkg/matrix_sdk_crypto_wasm_bg.js'),
    'utf8',
  );
  const used = new Set([...binding.matchAll(/(?:instanceof |= )(IDB[A-Za-z]+)/gu)].map(([, name]) => name));
  assert.deepEqual(new Set(used), new Set(globalClasses), 'the classes that the binding looks up as globals');
  assert.ok(!binding.includes('deleteDatabase'), 'databases that the binding deletes would come back');
});
