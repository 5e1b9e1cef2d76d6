import type { RoomChoices, RoomSettings } from '#core/store-port.ts';
import type { Language, PlatformName, RoomId } from '#core/types.ts';
import type { Database } from '#src/store/database.ts';

/** What each room has chosen. */
export class RoomSettingsTable implements RoomSettings {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(platform: PlatformName, room: RoomId): RoomChoices {
    const row = this.#database.get('SELECT * FROM rooms WHERE platform = ? AND room_id = ?', platform, room);
    if (row === undefined) return {};
    const { language, default_style: style, time_zone: zone, quiet, marks, retention_days: days } = row;
    return {
      ...(typeof language === 'string' ? { language: language as Language } : {}),
      ...(typeof style === 'string' ? { defaultStyle: style } : {}),
      ...(typeof zone === 'string' ? { timeZone: zone } : {}),
      ...(typeof quiet === 'string' ? { quiet: JSON.parse(quiet) as NonNullable<RoomChoices['quiet']> } : {}),
      ...(typeof marks === 'string' ? { marks: JSON.parse(marks) as NonNullable<RoomChoices['marks']> } : {}),
      ...(typeof days === 'number' ? { retentionDays: days } : {}),
    };
  }

  set(platform: PlatformName, room: RoomId, changes: RoomChoices): void {
    this.#database.transaction(() => {
      const { language, defaultStyle, timeZone, quiet, marks, retentionDays } = { ...this.get(platform, room), ...changes };
      this.#database.run(
        `INSERT INTO rooms (platform, room_id, language, default_style, time_zone, quiet, marks, retention_days) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (platform, room_id) DO UPDATE SET language = excluded.language, default_style = excluded.default_style,
           time_zone = excluded.time_zone, quiet = excluded.quiet, marks = excluded.marks, retention_days = excluded.retention_days`,
        platform,
        room,
        language ?? null,
        defaultStyle ?? null,
        timeZone ?? null,
        quiet === undefined ? null : JSON.stringify(quiet),
        marks === undefined ? null : JSON.stringify(marks),
        retentionDays ?? null,
      );
    });
  }

  language(platform: PlatformName, room: RoomId): Language | undefined {
    return this.get(platform, room).language;
  }

  setLanguage(platform: PlatformName, room: RoomId, language: Language): void {
    this.set(platform, room, { language });
  }
}
