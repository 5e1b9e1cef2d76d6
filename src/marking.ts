import type { Log } from '#src/app/log-port.ts';
import type { Config } from '#src/config.ts';
import type { Marking } from '#core/marks-port.ts';
import { createMarkReader } from '#src/finish/mark-reader.ts';
import { SharpFinisher } from '#src/finish/sharp-finisher.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';

export type OpenMarking = {
  readonly marking: Marking;
  readonly finisher: SharpFinisher;
  readonly studio: SharpStudio;
};

/** The layers of origin with the organisation's keys, as far as there are any. */
export function openMarking({ marks }: Pick<Config, 'dataFolder' | 'marks'>, _log: Pick<Log, 'warn'>): OpenMarking {
  const markReader = createMarkReader({ manifests: { read: async () => ({ state: 'not_checked', reason: 'reader_missing' }) } });
  return {
    marking: { marks, markReader, signing: () => 'no_key', hasWatermark: false },
    finisher: new SharpFinisher(),
    studio: new SharpStudio(),
  };
}
