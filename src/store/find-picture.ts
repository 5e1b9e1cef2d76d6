import type { JobStore } from '#core/job-store-port.ts';
import { jobId, type ImageKey, type PlatformName, type RoomId } from '#core/types.ts';
import type { Database } from '#src/store/database.ts';

type Search = { readonly platform: PlatformName; readonly room: RoomId; readonly key: ImageKey; readonly watermark: string | undefined };

/** The conditions stand as the indexes have them, or SQLite would read every picture. */
export const searchedBy = (field: 'key' | 'watermark'): string => `
  SELECT jobs.id, pictures.position, jobs.sequence FROM pictures JOIN jobs ON jobs.id = pictures.job_id
    WHERE pictures.image IS NOT NULL AND json_extract(pictures.image, '$.${field}') = ?1 AND jobs.platform = ?2 AND jobs.room_id = ?3
  UNION ALL SELECT id, NULL, sequence FROM jobs
    WHERE sheet IS NOT NULL AND json_extract(sheet, '$.${field}') = ?1 AND platform = ?2 AND room_id = ?3
  ORDER BY sequence DESC LIMIT 1`;

/** Whose a file is: by its name, else by its watermark. */
export function findPicture(database: Database, { platform, room, key, watermark }: Search): ReturnType<JobStore['withPicture']> {
  const wanted = [
    { by: 'file', field: 'key', value: key },
    { by: 'watermark', field: 'watermark', value: watermark },
  ] as const;
  for (const { by, field, value } of wanted) {
    if (value === undefined) continue;
    const row = database.get(searchedBy(field), value, platform, room);
    if (row === undefined) continue;
    const { id, position } = row;
    return { job: jobId(String(id)), ...(typeof position === 'number' ? { index: position } : {}), by };
  }
  return undefined;
}
