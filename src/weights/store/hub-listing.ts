/** What a repository holds at one commit. */
import { z } from 'zod';
import { hubGet, type Asking } from '#src/weights/store/hub-request.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

/** `sha256` for what lies in LFS, `gitOid` (SHA-1 of the git blob) for everything else; sizes in bytes. */
export type HubFile = { readonly path: string; readonly size: number; readonly sha256?: string; readonly gitOid?: string };

export type HubListing = { readonly commit: string; readonly licence?: string; readonly files: readonly HubFile[] };

const mostFiles = 20_000;
const mostJsonBytes = 32e6;

const revisionSchema = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  cardData: z.object({ license: z.union([z.string(), z.array(z.string())]).optional(), license_name: z.string().optional() }).nullish(),
});

const treeSchema = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: z.number().int().min(0).default(0),
    oid: z.string().optional(),
    lfs: z.object({ oid: z.string(), size: z.number().int().min(0).optional() }).nullish(),
  }),
);

/**
 * `GET /api/models/{repo}/revision/{revision}` says the commit, and `GET /api/models/{repo}/tree/{commit}?recursive=true`, page after
 * page by the `Link` header, the files. Source: huggingface_hub, `hf_api.py` (`model_info`, `list_repo_tree`) and
 * `utils/_pagination.py`.
 * @throws ModelStoreError
 */
export async function listRepository(repo: string, revision: string, asking: Asking): Promise<HubListing> {
  const info = revisionSchema.safeParse(
    await getJson(`/api/models/${repo}/revision/${encodeURIComponent(revision)}`, { repo, revision }, asking),
  );
  if (!info.success) throw notAHub(asking);
  const { sha: commit, cardData } = info.data;
  const { license, license_name: named } = cardData ?? {};
  const licence = named ?? (Array.isArray(license) ? license.join(', ') : license);
  const files: HubFile[] = [];
  let next: string | undefined = `/api/models/${repo}/tree/${commit}?recursive=true`;
  while (next !== undefined) {
    const page = await getPage(next, { repo, revision }, asking);
    const entries = treeSchema.safeParse(page.json);
    if (!entries.success) throw notAHub(asking);
    files.push(...entries.data.filter(({ type }) => type === 'file').map(toFile));
    if (files.length > mostFiles)
      throw new ModelStoreError('hub_answer', `${repo} has more than ${mostFiles} files, so it is no model folder. Check the name.`);
    next = page.next;
  }
  return { commit, files, ...(licence === undefined ? {} : { licence }) };
}

function toFile({ path, size, oid, lfs }: z.infer<typeof treeSchema>[number]): HubFile {
  const sha256 = /^(?:sha256:)?(?<hex>[0-9a-f]{64})$/.exec(lfs?.oid ?? '')?.groups?.['hex'];
  if (sha256 !== undefined) return { path, size: lfs?.size ?? size, sha256 };
  return { path, size, ...(oid !== undefined && /^[0-9a-f]{40}$/.test(oid) ? { gitOid: oid } : {}) };
}

type Named = { readonly repo: string; readonly revision: string };

const getJson = async (path: string, named: Named, asking: Asking): Promise<unknown> => (await getPage(path, named, asking)).json;

async function getPage(path: string, named: Named, asking: Asking): Promise<{ readonly json: unknown; readonly next: string | undefined }> {
  const { response } = await hubGet(path, { accept: 'application/json' }, asking);
  if (!response.ok) {
    await response.body?.cancel().catch(() => {});
    throw refusal(response.status, named, asking);
  }
  const text = await readText(response, asking);
  return { json: parsed(text, asking), next: nextPage(response, asking) };
}

function parsed(text: string, asking: Asking): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notAHub(asking);
  }
}

/** The page after this one, on the same hub: a token must not be sent to an address that somebody wrote into a list. */
function nextPage(response: Response, { hub }: Asking): string | undefined {
  const link = /<(?<url>[^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.groups?.['url'];
  if (link === undefined) return undefined;
  const url = new URL(link, hub.address);
  if (url.origin !== new URL(hub.address).origin)
    throw new ModelStoreError('hub_answer', `The hub at ${new URL(hub.address).host} continues its list on another host, ${url.host}.`);
  const prefix = new URL(hub.address).pathname.replace(/\/$/, '');
  return `${url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : url.pathname}${url.search}`;
}

async function readText(response: Response, asking: Asking): Promise<string> {
  const timer = AbortSignal.timeout(Math.max(asking.patience.pieceMs, asking.patience.answerMs));
  let text = '';
  const decoder = new TextDecoder();
  try {
    const stopped = new Promise<never>((_, fail) =>
      AbortSignal.any([asking.signal, timer]).addEventListener('abort', () => fail(new Error('stopped')), { once: true }),
    );
    stopped.catch(() => {});
    const reader = response.body?.getReader();
    for (;;) {
      const piece = await Promise.race([reader?.read(), stopped]);
      if (piece === undefined || piece.done) return text;
      text += decoder.decode(piece.value, { stream: true });
      if (text.length > mostJsonBytes) throw new ModelStoreError('hub_answer', 'The list of files is too long to be one of a model.');
    }
  } catch (error) {
    asking.signal.throwIfAborted();
    if (error instanceof ModelStoreError) throw error;
    throw new ModelStoreError(
      'unreachable',
      `The hub at ${new URL(asking.hub.address).host} stopped in the middle of an answer. Try again; what was downloaded is kept.`,
      { cause: error },
    );
  }
}

/** Source of the meanings: huggingface_hub, `utils/_http.py` (`hf_raise_for_status`: a repository that does not exist is a 401 too). */
export function refusal(status: number, { repo, revision }: Named, { hub }: Asking): ModelStoreError {
  const where = `${hub.address}/${repo}`;
  if (status === 401 || status === 403)
    return new ModelStoreError(
      'not_allowed',
      hub.token === undefined
        ? `${repo} does not exist, or it wants to know who downloads it: accept its terms at ${where}, make a token there that may read it, and put the token into a file that BLITZBILD_HUB_TOKEN_FILE names in .env.`
        : `${repo} does not exist, or the token in use may not read it: accept its terms at ${where} with the account of the token, and check that the token may read such repositories.`,
    );
  if (status === 404)
    return new ModelStoreError(
      'not_found',
      `The hub at ${new URL(hub.address).host} has no ${repo} at «${revision}». Check the name and the revision.`,
    );
  return new ModelStoreError('hub_answer', `The hub at ${new URL(hub.address).host} answers with an error (${status}). Try again later.`);
}

const notAHub = ({ hub }: Asking): ModelStoreError =>
  new ModelStoreError(
    'hub_answer',
    `${hub.address} does not answer as a model hub does (a login page of the network, perhaps). Open it in a browser once, or check «hub» in config/blitzbild.yaml.`,
  );
