import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { DeliveryError } from '#core/errors.ts';
import type { ServerRequest } from '#src/chat/mattermost/client.ts';
import { EarlierPosts } from '#src/chat/mattermost/earlier-posts.ts';
import { ServerError } from '#src/chat/mattermost/server-error.ts';

import { idOf } from './small-server.ts';

const [channel, own, other] = [idOf('channel'), idOf('own'), idOf('other')];

type Row = { id: string; create_at: number; user_id: string; props: object; delete_at: number; original_id: string; channel_id: string };

/** A channel of very many posts, as `getPostsAround` lists them, without a network. */
class LongChannel {
  rows: Row[] = [];
  pages = 0;
  looks = 0;
  /** Before a page is given, by its number from 1 on. */
  meanwhile: (page: number) => void = () => {};

  add(count: number, about: Partial<Row> & { readonly stepMs?: number } = {}): readonly Row[] {
    const { stepMs = 1, ...rest } = about;
    const startMs = this.rows.at(-1)?.create_at ?? 1000;
    const added = Array.from({ length: count }, (_, index) => ({
      id: idOf(`p${this.rows.length + index}x`),
      create_at: startMs + stepMs * (index + 1),
      user_id: other,
      props: {},
      delete_at: 0,
      original_id: '',
      channel_id: channel,
      ...rest,
    }));
    this.rows.push(...added);
    return added;
  }

  mine(transactionId: string, about: Partial<Row> & { readonly stepMs?: number } = {}): Row {
    return this.add(1, { user_id: own, props: { blitzbild: { delivery: transactionId } }, ...about })[0]!;
  }

  purge(row: Row): void {
    this.rows = this.rows.filter(({ id }) => id !== row.id);
  }

  readonly client = {
    ask: async ({ path, query = {}, body }: ServerRequest): Promise<unknown> => {
      if (path === '/posts/ids') {
        this.looks += 1;
        const there = this.rows.filter(({ id }) => (body as readonly string[]).includes(id));
        if (there.length === 0) throw new ServerError('none', { status: 404, id: 'app.post.get.app_error' });
        return there;
      }
      this.pages += 1;
      this.meanwhile(this.pages);
      const { after, before, page, per_page: perPage } = query as { after?: string; before?: string; page: number; per_page: number };
      const anchorMs = this.rows.find(({ id }) => id === (after ?? before))?.create_at ?? Number.NaN;
      const live = this.rows.filter((row) => row.delete_at === 0).toSorted((one, two) => one.create_at - two.create_at);
      const isWanted = (row: Row): boolean => {
        if (after !== undefined) return row.create_at > anchorMs;
        return before === undefined || row.create_at < anchorMs;
      };
      const wanted = after === undefined ? live.filter(isWanted).toReversed() : live.filter(isWanted);
      const found = wanted.slice(page * perPage, (page + 1) * perPage);
      const newestFirst = after === undefined ? found : found.toReversed();
      return { order: newestFirst.map(({ id }) => id), posts: Object.fromEntries(found.map((row) => [row.id, row])) };
    },
  };

  async find(transactionId: string, ...anchors: readonly string[]): Promise<readonly string[]> {
    const earlier = new EarlierPosts({ client: this.client, ownUserId: own });
    return (await earlier.find(channel, transactionId, anchors)).map(({ id }) => id);
  }
}

const isUnknowable = (error: unknown): boolean => error instanceof DeliveryError && error.failure === 'unknowable';

describe('from an anchor on', () => {
  it('one among thousands is found, on whichever page, also in one millisecond with hundreds', async () => {
    for (const stepMs of [0, 1])
      for (const [before, after] of [
        [0, 0],
        [199, 0],
        [200, 0],
        [201, 5],
        [650, 3000],
      ] as const) {
        const long = new LongChannel();
        const anchor = long.add(1)[0]!;
        long.add(1);
        long.add(before, { stepMs });
        const row = long.mine('t1', { stepMs });
        long.add(after, { stepMs });
        assert.deepEqual(await long.find('t1', anchor.id), [row.id], `${before} before, ${after} after, ${stepMs} ms apart`);
        assert.deepEqual(await long.find('t2', anchor.id), []);
      }
  });

  it('all of them, oldest first', async () => {
    const long = new LongChannel();
    const anchor = long.add(1)[0]!;
    const first = long.mine('t1');
    long.add(500);
    const second = long.mine('t1');
    assert.deepEqual(await long.find('t1', anchor.id), [first.id, second.id]);
  });

  it('neither deleted ones, nor earlier versions, nor anybody else’s', async () => {
    const long = new LongChannel();
    const anchor = long.add(1)[0]!;
    long.mine('t1', { delete_at: 5 });
    long.mine('t1', { original_id: anchor.id });
    long.mine('t1', { user_id: other });
    long.mine('t1', { props: { blitzbild: 't1' } });
    long.mine('t1', { props: { delivery: 't1' } });
    assert.deepEqual(await long.find('t1', anchor.id), []);
  });

  it('a deleted anchor is as good as any', async () => {
    const long = new LongChannel();
    const anchor = long.add(1, { delete_at: 5 })[0]!;
    const row = long.mine('t1');
    assert.deepEqual(await long.find('t1', anchor.id), [row.id]);
  });

  it('while posts are deleted between the pages, nothing is passed over', async () => {
    for (const from of [0, 150, 190]) {
      const long = new LongChannel();
      const anchor = long.add(1)[0]!;
      const others = long.add(1000);
      const row = long.mine('t1');
      long.meanwhile = (page) => {
        for (const each of others.slice((page - 1) * 200 + from, (page - 1) * 200 + from + 60)) each.delete_at = 5;
      };
      assert.deepEqual(await long.find('t1', anchor.id), [row.id]);
    }
  });

  it('where the post vanishes for good from which on is read, it is asked again later', async () => {
    const long = new LongChannel();
    const anchor = long.add(1)[0]!;
    long.add(600);
    long.mine('t1');
    long.meanwhile = (page) => {
      if (page === 2) for (const row of long.rows.slice(1, 300)) long.purge(row);
    };
    await assert.rejects(long.find('t1', anchor.id), (error) => error instanceof ServerError && error.status === undefined);
  });

  it('up to ten thousand posts; more are too many to say anything', async () => {
    const long = new LongChannel();
    const anchor = long.add(1)[0]!;
    long.add(9800);
    const row = long.mine('t1');
    assert.deepEqual(await long.find('t1', anchor.id), [row.id]);
    assert.ok(long.pages <= 50);
    long.add(300);
    await assert.rejects(long.find('t1', anchor.id), isUnknowable);
    await assert.rejects(long.find('t2', anchor.id), isUnknowable);
  });
});

describe('where the anchor is gone for good', () => {
  it('the next one serves, then the newest posts', async () => {
    const long = new LongChannel();
    const [gone, root] = long.add(2) as [Row, Row];
    const row = long.mine('t1');
    long.add(250);
    long.purge(gone);
    assert.deepEqual(await long.find('t1', gone.id, root.id), [row.id]);
    long.purge(root);
    assert.deepEqual(await long.find('t1', gone.id, root.id), [row.id]);
    assert.deepEqual(await long.find('t2', gone.id, root.id), []);
  });

  it('it may vanish at the moment of asking', async () => {
    const long = new LongChannel();
    const anchor = long.add(1)[0]!;
    const row = long.mine('t1');
    long.meanwhile = () => long.purge(anchor);
    assert.deepEqual(await long.find('t1', anchor.id), [row.id]);
  });

  it('going back, nothing is passed over while posts are deleted or written', async () => {
    const long = new LongChannel();
    long.add(300);
    const row = long.mine('t1');
    const others = long.add(1000);
    long.meanwhile = (page) => {
      for (const each of others.slice(-page * 200).slice(0, 60)) each.delete_at = 5;
      if (page < 6) long.add(30);
    };
    assert.deepEqual(await long.find('t1'), [row.id]);
  });

  it('no more than five thousand posts back: what is not among them is not known, what is counts', async () => {
    const long = new LongChannel();
    const old = long.mine('t1');
    long.add(6000);
    const young = long.mine('t2');
    await assert.rejects(long.find('t1'), isUnknowable);
    assert.ok(long.pages <= 25);
    assert.deepEqual(await long.find('t2'), [young.id]);
    long.rows = long.rows.filter(({ id }) => id === old.id || id === young.id);
    assert.deepEqual(await long.find('t1'), [old.id]);
  });
});

it('an empty channel holds none', async () => {
  assert.deepEqual(await new LongChannel().find('t1'), []);
  assert.deepEqual(await new LongChannel().find('t1', idOf('gone')), []);
});
