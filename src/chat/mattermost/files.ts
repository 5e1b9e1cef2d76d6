import { DeliveryError } from '#core/errors.ts';

import { megabytes } from '../common/file-facts.ts';
import { objectsAt, textAt } from '../common/raw.ts';
import type { ServerClient } from './client.ts';
import { isId } from './post.ts';
import { isUnauthorised, ServerError } from './server-error.ts';
import type { ServerLimits } from './server-limits.ts';

const uploadTimeoutMs = 120_000;

export type FileToSend = {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: number;
  readonly read: () => Promise<Uint8Array>;
};

export type FilesOptions = { readonly client: Pick<ServerClient, 'ask'>; readonly limits: ServerLimits };

/** Puts files on the server, where they wait for their post. */
export class Files {
  readonly #options: FilesOptions;

  constructor(options: FilesOptions) {
    this.#options = options;
  }

  /**
   * The file's id on the server. Rejects with a `rejected` `DeliveryError` where the server takes no such file, which names a limit where a
   * smaller one may be taken; with a `ServerError` where the server can't be asked.
   */
  async upload(channelId: string, file: FileToSend): Promise<string> {
    const { fileBytes, takesFiles } = await this.#options.limits.get();
    if (!takesFiles) throw new DeliveryError('rejected', 'the Mattermost server takes no files');
    if (fileBytes !== undefined && file.bytes > fileBytes) {
      const explanation = `the file has ${megabytes(file.bytes)}, the Mattermost server takes ${megabytes(fileBytes)} at most`;
      throw new DeliveryError('rejected', explanation, { limitBytes: fileBytes });
    }
    const body = await file.read();
    const answer = await this.#options.client
      .ask({
        method: 'POST',
        path: '/files',
        query: { channel_id: channelId, filename: file.name },
        body,
        // What says that it is a form would be read as one. Source: api4/file.go `uploadFileStream`.
        contentType: file.mimeType,
        timeoutMs: uploadTimeoutMs,
      })
      .catch((error: unknown) => {
        throw this.#judged(error, body.length);
      });
    const id = textAt(objectsAt(answer, 'file_infos')[0], 'id');
    if (!isId(id)) throw new ServerError('the Mattermost server named no id for the uploaded file');
    return id;
  }

  #judged(error: unknown, bytes: number): unknown {
    if (!(error instanceof ServerError) || isUnauthorised(error)) return error;
    if (error.status === 413) {
      // A proxy does not name its limit: half of it is tried next, and goes for the next ones too.
      const limitBytes = Math.floor(bytes / 2);
      this.#options.limits.learn(limitBytes);
      const explanation = `the file has ${megabytes(bytes)}, which is more than the Mattermost server or its proxy takes`;
      return new DeliveryError('rejected', explanation, { cause: error, limitBytes });
    }
    // More points than FileSettings.MaxImageResolution: a much smaller file has fewer.
    if (error.id === 'api.file.upload_file.large_image_detailed.app_error')
      return new DeliveryError('rejected', error.message, { cause: error, limitBytes: Math.floor(bytes / 4) });
    // Not a channel that the bot may not speak in.
    if (error.id === 'api.file.attachments.disabled.app_error') return new DeliveryError('rejected', error.message, { cause: error });
    return error;
  }
}
