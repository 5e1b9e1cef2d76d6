/** What the server's operator has set; a test may change it at any time. Defaults: model/config.go. */
export type Settings = {
  /** FileSettings.MaxFileSize. */
  maxFileSizeBytes: number;
  /** FileSettings.EnableFileAttachments. */
  enableFileAttachments: boolean;
  /** ServiceSettings.MaximumPayloadSizeBytes: of a request that brings no file. */
  maxPayloadBytes: number;
  /** ServiceSettings.PostEditTimeLimit: seconds after which nobody may change a message; -1 for never. */
  postEditTimeLimitS: number;
  /** ServiceSettings.ExperimentalEnableHardenedMode: no failure of the server's own says what it is. */
  isHardened: boolean;
  /** RateLimitSettings; absent while off, as it is by default. Counted per token. */
  rateLimit: { readonly perSecond: number; readonly maxBurst: number } | undefined;
  /** What a proxy before the server lets through, and refuses without naming it; absent where it has no limit, or there is none. */
  proxyMaxBodyBytes: number | undefined;
  /** Time in the request before a post is stored, which links to be previewed take. */
  postTakesMs: number;
  /** Time between reading a post that is to be changed and writing all of it back. */
  editTakesMs: number;
  /** Time between something that happens and its event. */
  eventDelayMs: number;
  /** TeamSettings.ExperimentalViewArchivedChannels, on for good since 11. */
  canViewArchived: boolean;
  /** TeamSettings.MaxNotificationsPerChannel. */
  maxNotificationsPerChannel: number;
  /** ServiceSettings.EnableCommands. */
  enableCommands: boolean;
  /** ServiceSettings.SiteURL. */
  siteUrl: string;
  /** ServiceSettings.AllowedUntrustedInternalConnections covers the bot's callback address. */
  allowsInternalConnections: boolean;
  /** ServiceSettings.OutgoingIntegrationRequestsTimeout. */
  integrationTimeoutMs: number;
  /** ServiceSettings.UniqueEmojiReactionLimitPerPost. */
  maxReactionsPerPost: number;
  version: string;
};

export const defaultSettings: Settings = {
  maxFileSizeBytes: 104_857_600,
  enableFileAttachments: true,
  maxPayloadBytes: 300_000,
  postEditTimeLimitS: -1,
  isHardened: false,
  rateLimit: undefined,
  proxyMaxBodyBytes: undefined,
  postTakesMs: 0,
  editTakesMs: 0,
  eventDelayMs: 0,
  canViewArchived: true,
  maxNotificationsPerChannel: 1000,
  enableCommands: true,
  siteUrl: 'http://localhost:8065',
  allowsInternalConnections: true,
  integrationTimeoutMs: 30_000,
  maxReactionsPerPost: 50,
  version: '11.9.0',
};
