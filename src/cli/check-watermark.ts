import type { Finding } from '#src/chat/common/finding.ts';
import { PrivateFileError } from '#src/private-file.ts';
import { readWatermarkKey } from '#src/watermark-key.ts';

/** Whether pictures get the invisible watermark. */
export function checkWatermark(dataFolder: string, isOn: boolean): readonly Finding[] {
  const off = isOn ? '' : '; it is off where a room has not switched it on (marks.watermark)';
  try {
    const key = readWatermarkKey(dataFolder);
    return [
      { ok: true, what: key === undefined ? `Watermark: its key is made at the first start${off}` : `Watermark: there is a key${off}` },
    ];
  } catch (error) {
    if (!(error instanceof PrivateFileError)) throw error;
    return [{ ok: false, what: `Watermark: pictures get none, ${error.message}`, advice: 'Then restart the bot.' }];
  }
}
