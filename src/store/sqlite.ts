import type { PersonalData } from '#core/personal-data-port.ts';
import type { RetentionStore } from '#core/retention-port.ts';
import type { Inbox, PlatformMemory, RoomHistory } from '#core/ports.ts';
import type { AskStore, PlanStore, StarStore, StyleStore, UsageStore } from '#core/team-store-ports.ts';
import type { BotSettings, Durations, InboxRow, RoomSettings, Store } from '#core/store-port.ts';
import type { JobStore } from '#core/job-store-port.ts';
import type { Outbox } from '#core/outbox-port.ts';
import type { Figures } from '#core/operations-port.ts';
import { imageKey, type PlatformName } from '#core/types.ts';
import { AsksTable } from '#src/store/asks-table.ts';
import { Database } from '#src/store/database.ts';
import { figures } from '#src/store/figures.ts';
import { InboxTable } from '#src/store/inbox-table.ts';
import { JobsTable } from '#src/store/jobs-table.ts';
import { OutboxTable } from '#src/store/outbox-table.ts';
import { PersonalDataTable } from '#src/store/personal-data.ts';
import { RetentionTable } from '#src/store/retention-table.ts';
import { PlansTable } from '#src/store/plans-table.ts';
import { RoomHistoryTable } from '#src/store/room-history-table.ts';
import { RoomSettingsTable } from '#src/store/room-settings.ts';
import { StarsTable } from '#src/store/stars-table.ts';
import { StylesTable } from '#src/store/styles-table.ts';
import { UsageTable } from '#src/store/usage-table.ts';

/** The newest measurement counts this much in an estimate. */
const NEWEST_DURATION_WEIGHT = 0.3;
/** Quotas count the last 24 hours: what is older than two days is nobody's business. */
const USAGE_KEPT_MS = 2 * 24 * 3600 * 1000;

/** The embedded store: one SQLite file. Throws `StoreInUseError` when another process has it open. */
export class SqliteStore implements Store {
  readonly #database: Database;
  readonly #inbox: InboxTable;
  readonly #asks: AsksTable;
  readonly #usage: UsageTable;
  readonly #retention: RetentionTable;
  readonly history: RoomHistory;
  readonly jobs: JobStore;
  readonly outbox: Outbox;
  readonly rooms: RoomSettings;
  readonly settings: BotSettings;
  readonly styles: StyleStore;
  readonly plans: PlanStore;
  readonly asks: AskStore;
  readonly stars: StarStore;
  readonly usage: UsageStore;
  readonly durations: Durations;
  readonly personal: PersonalData;
  readonly retention: RetentionStore;

  /** Called after events were accepted; set by whoever handles them. */
  onAccepted: () => void = () => {};
  /** Called when a message was put in the outbox of a platform; set by whoever delivers. */
  onQueued: (platform: PlatformName) => void = () => {};
  /** Called once where the file can't be used any more; whoever runs must end. Everything throws this error from then on. */
  onBroken: (error: Error) => void = () => {};
  /** Called when the disk is full, and when it has room again. Nothing that was stored is lost. */
  onFull: (isFull: boolean) => void = () => {};

  /** @param path of the database file, or `:memory:` for a test */
  constructor(path: string) {
    this.#database = new Database(path, { onBroken: (error) => this.onBroken(error), onFull: (isFull) => this.onFull(isFull) });
    this.#inbox = new InboxTable(this.#database, () => this.onAccepted());
    this.history = new RoomHistoryTable(this.#database);
    this.jobs = new JobsTable(this.#database);
    this.outbox = new OutboxTable(this.#database, (platform) => this.onQueued(platform));
    this.rooms = new RoomSettingsTable(this.#database);
    this.settings = botSettings(this.#database);
    this.styles = new StylesTable(this.#database);
    this.plans = new PlansTable(this.#database);
    this.asks = this.#asks = new AsksTable(this.#database);
    this.stars = new StarsTable(this.#database);
    this.usage = this.#usage = new UsageTable(this.#database);
    this.durations = durations(this.#database);
    this.personal = new PersonalDataTable(this.#database);
    this.retention = this.#retention = new RetentionTable(this.#database);
  }

  transaction<Result>(work: () => Result): Result {
    return this.#database.transaction(work);
  }

  inbox(platform: PlatformName): Inbox {
    return this.#inbox.of(platform);
  }

  unhandled(): readonly InboxRow[] {
    return this.#inbox.unhandled();
  }

  newestEvent(): number {
    return this.#inbox.newest();
  }

  begunAgain(id: number, by: 1 | -1): void {
    this.#inbox.begunAgain(id, by);
  }

  markHandled(id: number): boolean {
    return this.#inbox.markHandled(id);
  }

  memory(platform: PlatformName): PlatformMemory {
    return {
      get: (key) =>
        this.#database.get('SELECT value FROM memory WHERE platform = ? AND key = ?', platform, key)?.['value'] as string | undefined,
      set: (key, value) => {
        this.#database.run(
          'INSERT INTO memory (platform, key, value) VALUES (?, ?, ?) ON CONFLICT (platform, key) DO UPDATE SET value = excluded.value',
          platform,
          key,
          value,
        );
      },
      delete: (key) => void this.#database.run('DELETE FROM memory WHERE platform = ? AND key = ?', platform, key),
      entries: (prefix) =>
        this.#database
          // Not LIKE, which the index does not serve.
          .all('SELECT key, value FROM memory WHERE platform = ? AND key >= ? AND key < ? || char(1114111)', platform, prefix, prefix)
          .map((row) => [String(row['key']), String(row['value'])]),
      together: (change) => this.#database.transaction(change),
    };
  }

  /**
   * The platform begins at the present, as at its first start.
   * @returns how many events are given up that were accepted and not handled
   */
  forgetPosition(platform: PlatformName): number {
    return this.#database.transaction(() => {
      this.#database.run('DELETE FROM cursors WHERE platform = ?', platform);
      return this.#database.run('UPDATE inbox SET handled = 1, event = NULL WHERE platform = ? AND handled = 0', platform).changes;
    });
  }

  prune(beforeMs: number, nowMs: number): void {
    this.#database.transaction(() => {
      this.#asks.prune(beforeMs);
      this.#usage.prune(nowMs - USAGE_KEPT_MS);
      this.#database.run('DELETE FROM inbox WHERE handled = 1 AND received_at_ms < ?', beforeMs);
      // A question that is still open is found by the message that asked it.
      const old = `state <> 'pending' AND job_id IS NULL AND created_at_ms < ? AND id NOT IN (SELECT row FROM asks)`;
      // The local room shows its files for as long as their messages stand there.
      const sent = `file IS NOT NULL AND platform <> 'room' AND ${old}`;
      for (const { platform, file } of this.#database.all(`SELECT platform, file FROM outbox WHERE ${sent}`, beforeMs))
        this.#retention.leaveFiles(platform as PlatformName, [imageKey(String(file))], nowMs);
      this.#database.run(`UPDATE outbox SET file = NULL WHERE ${sent}`, beforeMs);
      // By the others, which hold no words by now, whoever is forgotten finds what was answered to them.
      this.#database.run(`DELETE FROM outbox WHERE asker IS NULL AND ${old}`, beforeMs);
    });
  }

  /** What waits, for operators. */
  figures(nowMs: number): Figures {
    return figures(this.#database, nowMs);
  }

  /** Writes a row and takes it back on the disk: throws where nothing could be stored now. */
  probe(): void {
    this.#database.transaction(() => {
      this.#database.run(`INSERT OR REPLACE INTO settings (key, value) VALUES ('probe', '')`);
      this.#database.run(`DELETE FROM settings WHERE key = 'probe'`);
    });
  }

  /** The last attempt to store something failed because the disk is full. */
  get isDiskFull(): boolean {
    return this.#database.isDiskFull;
  }

  /** @throws AppError `disk_full` where the disk has less room than what it is asked for may take */
  assertRoom(): void {
    this.#database.assertRoom();
  }

  /** Writes all that is stored to another file, while the work goes on. */
  async snapshot(path: string): Promise<void> {
    await this.#database.snapshot(path);
  }

  close(): void {
    this.#database.close();
  }
}

const botSettings = (database: Database): BotSettings => ({
  get: (key) => database.get('SELECT value FROM settings WHERE key = ?', key)?.['value'] as string | undefined,
  set: (key, value) => {
    if (value === undefined) database.run('DELETE FROM settings WHERE key = ?', key);
    else database.run('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value', key, value);
  },
});

const durations = (database: Database): Durations => ({
  estimateMs: (workload) => database.get('SELECT ms FROM durations WHERE workload = ?', workload)?.['ms'] as number | undefined,
  record: (workload, ms) => {
    database.run(
      `INSERT INTO durations (workload, ms) VALUES (?1, ?2)
       ON CONFLICT (workload) DO UPDATE SET ms = ms * (1 - ${NEWEST_DURATION_WEIGHT}) + excluded.ms * ${NEWEST_DURATION_WEIGHT}`,
      workload,
      ms,
    );
  },
});
