/** Ends over the first file; the next process of it answers. The folder of the mark is the file's content. */
import { existsSync, writeFileSync } from 'node:fs';
import type { ReadReply, ReadRequest } from '#src/c2pa/reading/protocol.ts';

process.on('message', ({ id, file }: ReadRequest) => {
  const mark = Buffer.from(file).toString('utf8');
  if (!existsSync(mark)) {
    writeFileSync(mark, '');
    process.kill(process.pid, 'SIGKILL');
  }
  process.send?.({ id, kind: 'unreadable', code: 'Answered' } satisfies ReadReply);
});
