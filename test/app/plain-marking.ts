import { noOptionalLayers, type Marking } from '#core/marks-port.ts';
import { createMarkReader } from '#src/finish/mark-reader.ts';

/** Of a bot that has no keys: caption and XMP are all its pictures carry. */
export const plainMarking: Marking = {
  marks: noOptionalLayers,
  markReader: createMarkReader({ manifests: { read: async () => ({ state: 'absent' }) } }),
  signing: () => 'no_key',
  hasWatermark: false,
};
