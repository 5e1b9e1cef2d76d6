/**
 * What strace saw, as attempts to reach something. Attempts are counted, not successes: where there is no network, nothing succeeds.
 * The forms of lines are strace's own (6.x), held by attempts.test.ts.
 */
export const tracedCalls = 'connect,sendto,sendmsg,sendmmsg,bind,socket,?socketcall,?open,?openat,?openat2,?execve,?io_uring_setup';

/** One system call that names an address, a kind of socket or a file. */
export type Attempt =
  | { readonly kind: 'reach'; readonly call: 'connect' | 'sendto' | 'sendmsg' | 'sendmmsg'; readonly to: Endpoint }
  | { readonly kind: 'bind'; readonly to: Endpoint }
  | { readonly kind: 'socket'; readonly family: string; readonly type: string }
  | { readonly kind: 'file'; readonly path: string }
  /** By ring, where no later call could be seen; or one that nobody here knows how to read. */
  | { readonly kind: 'hidden'; readonly line: string };

export type Endpoint =
  | { readonly family: 'inet'; readonly address: string; readonly port: number }
  | { readonly family: 'local'; readonly path: string }
  /** The kernel itself, such as for the list of network cards. */
  | { readonly family: 'netlink' }
  | { readonly family: 'other'; readonly text: string };

const callLine = /^(?:\d+ +)?(\w+)\((.*)$/u;

/** One line of strace's output; none where it names nothing that counts, such as more bytes for a connection that was made already. */
export function attemptsOf(line: string): readonly Attempt[] {
  const [, call = '', rest = ''] = callLine.exec(line) ?? [];
  switch (call) {
    case 'connect':
    case 'sendto':
    case 'sendmsg':
    case 'sendmmsg':
      return endpoints(rest).map((to) => ({ kind: 'reach', call, to }));
    case 'bind':
      return endpoints(rest).map((to) => ({ kind: 'bind', to }));
    case 'socket': {
      const [, family = '?', type = '?'] = /^(\w+), (\w+)/u.exec(rest) ?? [];
      return [{ kind: 'socket', family, type }];
    }
    case 'open':
    case 'openat':
    case 'openat2':
    case 'execve': {
      const path = /"((?:[^"\\]|\\.)*)"/u.exec(rest)?.[1];
      return path === undefined ? [] : [{ kind: 'file', path }];
    }
    case 'io_uring_setup':
      // Refused by the tracer, so that the program goes on with calls that can be seen.
      return rest.includes('ENOSYS') && rest.includes('(INJECTED)') ? [] : [{ kind: 'hidden', line }];
    case 'socketcall':
      return [{ kind: 'hidden', line }];
    default:
      return [];
  }
}

function endpoints(rest: string): readonly Endpoint[] {
  return [...rest.matchAll(/\{sa_family=(\w+)([^}]*)\}/gu)].map(([text, family, details = '']): Endpoint => {
    const port = Number(/sin6?_port=htons\((\d+)\)/u.exec(details)?.[1]);
    const address = /inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/u.exec(details);
    if ((family === 'AF_INET' || family === 'AF_INET6') && address !== null && Number.isInteger(port))
      return { family: 'inet', address: address[1] ?? address[2] ?? '', port };
    if (family === 'AF_UNIX') return { family: 'local', path: /sun_path=@?"([^"]*)"/u.exec(details)?.[1] ?? '' };
    if (family === 'AF_NETLINK') return { family: 'netlink' };
    return { family: 'other', text };
  });
}

/**
 * What the system reads, or asks, when it looks a name up. The list of name servers, /etc/resolv.conf, is not among them: Node reads it as soon
 * as a program listens somewhere, also at an address in numbers, and asks none of them. Whoever does ask needs a socket, which is found.
 */
const resolverPaths = [
  '/etc/hosts',
  '/etc/host.conf',
  '/etc/gai.conf',
  '/run/systemd/resolve/io.systemd.Resolve',
  '/run/nscd/socket',
  '/var/run/nscd/socket',
];

export type Allowed = {
  /** `127.0.0.1:8008`: whom the program is configured to talk to. */
  readonly servers: readonly string[];
};

/** What the program was seen to do. `findings` is empty where it was silent. */
export type Silence = {
  readonly findings: readonly string[];
  /** Connections to configured servers. */
  readonly allowed: number;
  /** Calls and files that were looked at: 0 would mean that nobody looked. */
  readonly seen: number;
  /** Native parts that were loaded, by their file names: what could reach out without Node. */
  readonly natives: readonly string[];
};

const isLoopback = (address: string): boolean => /^127\.\d+\.\d+\.\d+$|^::1$|^::ffff:127\./u.test(address);

/** @param lines of all processes of the program */
export function judge(lines: Iterable<string>, { servers }: Allowed): Silence {
  const findings: string[] = [];
  const natives = new Set<string>();
  let [allowed, seen] = [0, 0];
  for (const line of lines) {
    for (const attempt of attemptsOf(line)) {
      seen += 1;
      const finding = findingOf(attempt, servers);
      if (finding !== undefined) findings.push(finding);
      else if (attempt.kind === 'reach' && attempt.to.family === 'inet') allowed += 1;
      if (attempt.kind === 'file' && /\.node$|\.so(\.\d+)*$/u.test(attempt.path)) natives.add(attempt.path.split('/').at(-1) ?? '');
    }
  }
  return { findings, allowed, seen, natives: [...natives] };
}

function findingOf(attempt: Attempt, servers: readonly string[]): string | undefined {
  switch (attempt.kind) {
    case 'hidden':
      return `a call that can't be looked into: ${attempt.line}`;
    case 'file':
      return resolverPaths.includes(attempt.path) ? `a name was about to be looked up: ${attempt.path}` : undefined;
    case 'socket':
      return socketFinding(attempt.family, attempt.type);
    case 'bind':
      return attempt.to.family === 'inet' && !isLoopback(attempt.to.address) ? `bind to ${textOf(attempt.to)}` : undefined;
    case 'reach':
      return reachFinding(attempt.call, attempt.to, servers);
  }
}

/** The program speaks TCP; a datagram is a name being looked up, or worse. */
function socketFinding(family: string, type: string): string | undefined {
  if (family === 'AF_UNIX' || family === 'AF_LOCAL' || family === 'AF_NETLINK') return undefined;
  return (family === 'AF_INET' || family === 'AF_INET6') && type === 'SOCK_STREAM' ? undefined : `a socket ${family} ${type}`;
}

function reachFinding(call: string, to: Endpoint, servers: readonly string[]): string | undefined {
  if (to.family === 'netlink') return undefined;
  if (to.family === 'local') return resolverPaths.includes(to.path) ? `a name was about to be looked up: ${to.path}` : undefined;
  if (to.family === 'inet' && servers.includes(textOf(to))) return undefined;
  return `${call} to ${textOf(to)}${to.family === 'inet' && to.port === 53 ? ' (DNS)' : ''}`;
}

function textOf(to: Endpoint): string {
  if (to.family === 'inet') return `${to.address}:${to.port}`;
  return to.family === 'local' ? to.path : to.family === 'other' ? to.text : 'the kernel';
}
