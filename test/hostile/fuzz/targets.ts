import { conversations } from './conversations.ts';
import { encryptedEvents } from './encrypted-events.ts';
import { matrixEvents } from './matrix-events.ts';
import { mattermostEvents } from './mattermost-events.ts';
import { mattermostText } from './mattermost-text.ts';
import { parser } from './parser.ts';
import { pictures } from './pictures.ts';
import { importedStyles } from './style-files.ts';
import type { FuzzTarget } from './target.ts';

export const targets: readonly FuzzTarget[] = [
  parser,
  importedStyles,
  pictures,
  matrixEvents,
  encryptedEvents,
  mattermostEvents,
  mattermostText,
  conversations,
];
