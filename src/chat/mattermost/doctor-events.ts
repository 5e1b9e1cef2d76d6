import type { Finding } from '../common/finding.ts';
import { parsedJson } from '../common/exchange.ts';
import { textAt } from '../common/raw.ts';
import type { ServerClient } from './client.ts';

/** Node's own takes headers as well. Source: undici lib/web/websocket, `WebSocketInit`. */
type Opened = new (url: string, options: { readonly headers: Readonly<Record<string, string>> }) => WebSocket;

type Outcome = 'hello' | 'refused' | 'closed' | 'silent';

/** Whether events come: what REST alone can't tell, and what proxies forget. Never rejects. */
export async function checkEvents(client: Pick<ServerClient, 'accessToken' | 'eventsUrl'>, timeoutMs: number): Promise<Finding> {
  switch (await firstWord(client, timeoutMs)) {
    case 'hello':
      return { ok: true, what: 'Events come from Mattermost (WebSocket)' };
    case 'refused':
      return {
        ok: false,
        what: 'No events from Mattermost: the connection for them (WebSocket, /api/v4/websocket) is refused',
        advice:
          'A proxy before the server must pass on «Upgrade» and «Connection» (nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade")',
      };
    case 'closed':
    case 'silent':
      return {
        ok: false,
        what: 'No events from Mattermost: the connection for them (WebSocket) opens, but the server does not greet the bot',
        advice: 'A proxy before the server must pass on «Authorization» to /api/v4/websocket; else look at the server’s log',
      };
  }
}

async function firstWord({ accessToken, eventsUrl }: Pick<ServerClient, 'accessToken' | 'eventsUrl'>, timeoutMs: number): Promise<Outcome> {
  let socket: WebSocket;
  try {
    socket = new (WebSocket as unknown as Opened)(eventsUrl, { headers: { Authorization: `Bearer ${accessToken}` } });
  } catch {
    return 'refused';
  }
  let isOpen = false;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => resolve(isOpen ? 'silent' : 'refused'), timeoutMs);
      socket.addEventListener('open', () => (isOpen = true));
      socket.addEventListener('message', ({ data }) => {
        if (typeof data === 'string' && textAt(parsedJson(data), 'event') === 'hello') resolve('hello');
      });
      socket.addEventListener('close', () => resolve(isOpen ? 'closed' : 'refused'));
      // Without a listener the failure of a connection would end the program; `close` follows and tells it.
      socket.addEventListener('error', () => undefined);
    });
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}
