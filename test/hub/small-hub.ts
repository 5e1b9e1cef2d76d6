/**
 * A hub of models on two ports of loopback: one that lists and redirects, one that has the bytes, as the public hub and its CDN do.
 * Speaks what huggingface_hub relies on: revisions, trees page by page, LFS redirects with the linked headers, ranges, tokens.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';

export type Files = Readonly<Record<string, Buffer>>;

export type TreeEntry = {
  type: string;
  path: string;
  size: number;
  oid?: string;
  lfs?: { oid: string; size: number; pointerSize: number };
};

type Commit = { readonly id: string; readonly files: Files };

/** One request as it came in. `sent` counts bytes of the body. */
export type Seen = {
  readonly server: 'hub' | 'cdn';
  readonly kind: 'revision' | 'tree' | 'resolve' | 'bytes' | 'other';
  readonly path: string;
  readonly file: string | undefined;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
  status: number;
  sent: number;
};

/** What goes wrong with one answer. */
export type Fault = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The connection ends after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Nothing more comes after so many bytes, and the connection stays. */
  readonly stallAfter?: number;
  readonly withoutRanges?: boolean;
  /** The answer does not say how long it is. */
  readonly withoutLength?: boolean;
  /** Of the content, before it is sent. */
  readonly change?: (content: Buffer) => Buffer;
  /** Milliseconds before the head of the answer. */
  readonly delayMs?: number;
};

export class SmallHub implements AsyncDisposable {
  readonly seen: Seen[] = [];
  /** Asked for every request; the first answer that is no `undefined` goes wrong in that way. */
  fault: (seen: Seen) => Fault | undefined = () => undefined;
  /** Wanted for everything where it is set. */
  token: string | undefined;
  pageSize = 1000;
  /** What the tree says, instead of the truth. */
  lie: (entries: TreeEntry[]) => TreeEntry[] = (entries) => entries;
  readonly #repos = new Map<string, Commit[]>();
  readonly #hub: Server;
  readonly #cdn: Server;

  private constructor() {
    this.#hub = createServer((request, response) => void this.#answer('hub', request, response).catch(() => response.destroy()));
    this.#cdn = createServer((request, response) => void this.#answer('cdn', request, response).catch(() => response.destroy()));
  }

  static async open(): Promise<SmallHub> {
    const hub = new SmallHub();
    for (const server of [hub.#hub, hub.#cdn]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return hub;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#hub.address() as AddressInfo).port}`;
  }

  /** Bytes of files that went out, both servers together. */
  get bytesSent(): number {
    return this.seen.filter(({ kind }) => ['resolve', 'bytes'].includes(kind)).reduce((sum, { sent }) => sum + sent, 0);
  }

  /** A new newest commit. @returns its id */
  commit(repo: string, files: Files): string {
    const hash = createHash('sha1').update(`${repo}\0${(this.#repos.get(repo) ?? []).length}`);
    for (const [path, content] of Object.entries(files)) hash.update(path).update(content);
    const id = hash.digest('hex');
    this.#repos.set(repo, [...(this.#repos.get(repo) ?? []), { id, files }]);
    return id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#hub, this.#cdn]) {
      server.closeAllConnections();
      server.close();
    }
  }

  async #answer(server: Seen['server'], request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://hub');
    const { kind, repo, revision, file } = route(url.pathname);
    const { authorization, range } = request.headers;
    const seen: Seen = { server, kind, path: `${url.pathname}${url.search}`, file, authorization, range, status: 0, sent: 0 };
    this.seen.push(seen);
    const fault = this.fault(seen) ?? {};
    if (fault.delayMs !== undefined) await new Promise((done) => setTimeout(done, fault.delayMs));
    if (fault.status !== undefined) return send(response, seen, fault.status, fault.headers ?? {}, Buffer.from(fault.body ?? ''), fault);
    if (server === 'hub' && this.token !== undefined && authorization !== `Bearer ${this.token}`)
      return send(response, seen, 401, { 'x-error-code': 'GatedRepo' }, Buffer.from('Access to this model is restricted'), {});
    const commits = this.#repos.get(repo);
    const commit = revision === 'main' ? commits?.at(-1) : commits?.find(({ id }) => id === revision);
    if (commit === undefined) return send(response, seen, 404, {}, Buffer.from('Not Found'), {});
    switch (kind) {
      case 'revision':
        return sendJson(response, seen, { id: repo, sha: commit.id, gated: false, cardData: { license: 'apache-2.0' } }, {}, fault);
      case 'tree':
        return this.#sendTree(response, seen, url, commit, fault);
      case 'resolve':
        return this.#resolve(response, seen, commit, fault);
      case 'bytes': {
        const content = commit.files[file ?? ''];
        if (content === undefined) return send(response, seen, 404, {}, Buffer.alloc(0), {});
        return sendContent(response, seen, content, { etag: `"${sha256(content)}"` }, fault);
      }
      case 'other':
        return send(response, seen, 404, {}, Buffer.alloc(0), {});
    }
  }

  #sendTree(response: ServerResponse, seen: Seen, url: URL, commit: Commit, fault: Fault): void {
    const entries = this.lie(treeOf(commit.files));
    const start = Number(url.searchParams.get('cursor') ?? 0);
    const page = entries.slice(start, start + this.pageSize);
    const next = new URL(url);
    next.searchParams.set('cursor', String(start + this.pageSize));
    const link = start + this.pageSize < entries.length ? { link: `<${this.address}${next.pathname}${next.search}>; rel="next"` } : {};
    sendJson(response, seen, page, link, fault);
  }

  #resolve(response: ServerResponse, seen: Seen, commit: Commit, fault: Fault): void {
    const content = commit.files[seen.file ?? ''];
    if (content === undefined) return send(response, seen, 404, { 'x-error-code': 'EntryNotFound' }, Buffer.alloc(0), {});
    const headers = { 'x-repo-commit': commit.id, ...fault.headers };
    if (!isLarge(seen.file ?? '')) return sendContent(response, seen, content, { ...headers, etag: `"${gitOid(content)}"` }, fault);
    const { port } = this.#cdn.address() as AddressInfo;
    // Another host for the client: it goes by host and port.
    const location = `http://localhost:${port}/bytes${seen.path}?signature=secret`;
    const linked = { 'x-linked-etag': `"${sha256(content)}"`, 'x-linked-size': String(content.byteLength) };
    send(response, seen, 302, { ...linked, ...headers, location }, Buffer.alloc(0), {});
  }
}

type Route = Pick<Seen, 'kind' | 'file'> & { readonly repo: string; readonly revision: string };

function route(path: string): Route {
  const api = /^\/api\/models\/(?<repo>[^/]+\/[^/]+)\/(?<kind>revision|tree)\/(?<revision>[^/]+)$/.exec(path)?.groups;
  if (api !== undefined)
    return {
      kind: api['kind'] as 'revision',
      repo: api['repo'] ?? '',
      revision: decodeURIComponent(api['revision'] ?? ''),
      file: undefined,
    };
  const file = /^(?<bytes>\/bytes)?\/(?<repo>[^/]+\/[^/]+)\/resolve\/(?<revision>[^/]+)\/(?<file>.+)$/.exec(path)?.groups;
  if (file === undefined) return { kind: 'other', repo: '', revision: '', file: undefined };
  return {
    kind: file['bytes'] === undefined ? 'resolve' : 'bytes',
    repo: file['repo'] ?? '',
    revision: file['revision'] ?? '',
    file: decodeURIComponent(file['file'] ?? ''),
  };
}

const isLarge = (path: string): boolean => /\.(onnx|onnx_data|pb|bin|safetensors)$/.test(path);

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

const gitOid = (content: Buffer): string => createHash('sha1').update(`blob ${content.byteLength}\0`).update(content).digest('hex');

const treeOf = (files: Files): TreeEntry[] => [
  ...[...new Set(Object.keys(files).map((path) => path.split('/').slice(0, -1).join('/')))]
    .filter((folder) => folder !== '')
    .map((path) => ({ type: 'directory', path, size: 0, oid: gitOid(Buffer.from(path)) })),
  ...Object.entries(files).map(([path, content]) => {
    if (!isLarge(path)) return { type: 'file', path, size: content.byteLength, oid: gitOid(content) };
    const pointer = Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize ${content.byteLength}\n`);
    const lfs = { oid: sha256(content), size: content.byteLength, pointerSize: pointer.byteLength };
    return { type: 'file', path, size: content.byteLength, oid: gitOid(pointer), lfs };
  }),
];

function sendJson(response: ServerResponse, seen: Seen, json: unknown, headers: Readonly<Record<string, string>>, fault: Fault): void {
  send(response, seen, 200, { 'content-type': 'application/json; charset=utf-8', ...headers }, Buffer.from(JSON.stringify(json)), fault);
}

function sendContent(response: ServerResponse, seen: Seen, whole: Buffer, headers: Readonly<Record<string, string>>, fault: Fault): void {
  const content = fault.change?.(whole) ?? whole;
  const from = Number(/^bytes=(\d+)-$/.exec(seen.range ?? '')?.[1] ?? Number.NaN);
  if (Number.isNaN(from) || fault.withoutRanges === true)
    return send(response, seen, 200, { 'accept-ranges': 'bytes', ...headers }, content, fault);
  if (from >= content.byteLength)
    return send(response, seen, 416, { 'content-range': `bytes */${content.byteLength}` }, Buffer.alloc(0), {});
  const range = `bytes ${from}-${content.byteLength - 1}/${content.byteLength}`;
  return send(response, seen, 206, { 'content-range': range, ...headers }, content.subarray(from), fault);
}

function send(
  response: ServerResponse,
  seen: Seen,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  { cutAfter, stallAfter, withoutLength = false }: Fault,
): void {
  seen.status = status;
  response.writeHead(status, { ...(withoutLength ? {} : { 'content-length': body.byteLength }), ...headers });
  const most = cutAfter ?? stallAfter;
  if (most === undefined || most >= body.byteLength) {
    seen.sent += body.byteLength;
    return void response.end(body);
  }
  seen.sent += most;
  response.write(body.subarray(0, most), () => {
    // What was written first gets there.
    if (cutAfter !== undefined) setTimeout(() => response.destroy(), 20);
  });
}

/** Every file of a folder, by its path. */
export async function filesOf(folder: string): Promise<Files> {
  const files: Record<string, Buffer> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[relative(folder, path).replaceAll('\\', '/')] = await readFile(path);
  }
  return files;
}
