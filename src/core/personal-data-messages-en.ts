/** What the bot says in English about a person's own data. */
import { phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import type { PersonalDataMessageParams } from '#core/personal-data-message-codes.ts';
import { bold, code } from '#core/rich-text.ts';

const say = phraseIn('en');
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

type Posts = PersonalDataMessageParams['forgot_posts'];

/** What became of messages, without those of which there are none. */
const fates = ({ gone, hidden, failed, waiting }: Posts, why: string): string =>
  [
    gone > 0 ? `${gone} gone` : '',
    hidden > 0 ? `${hidden} hidden from everybody but those who run the server` : '',
    failed > 0 ? `${failed} still there, because ${why}` : '',
    waiting > 0 ? `${waiting} still to follow, because the server lets me remove only a few at a time` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

export const englishPersonalData: Pick<Catalogue['messages'], keyof PersonalDataMessageParams> = {
  mydata_direct_only: (_, { prefix }) =>
    say`What I have stored about you is for your eyes only, and others read along here: write me ${code(`${prefix} mydata`)} in a direct message.`,
  mydata_too_large: ({ megabytes, limit }, { prefix }) =>
    say`Your pictures are ${megabytes} MB, and I send ${limit} MB at most: get them job by job with ${code(`${prefix} zip k7f3`)}, or ask whoever runs the bot for a copy.`,
  mydata_ready: ({ jobs, pictures, missing, part, parts }) => {
    const which = parts === 1 ? '' : ` Part ${part} of ${parts}.`;
    if (part > 1) return say`More of your pictures.${which}`;
    const lost = missing === 0 ? '' : ` ${counted(missing, 'picture')} of them ${missing === 1 ? 'is' : 'are'} no longer stored.`;
    return say`Everything that I have stored about you on this platform: ${counted(jobs, 'job')} with ${counted(pictures, 'picture')}, in all rooms, and in ${code('mydata.json')} every entry that names you.${lost}${which}`;
  },
  forget_ask: ({ jobs, open, plans }) =>
    say`${bold('Shall I forget you?')} On this platform, in all rooms, I then ${open === 0 ? '' : `stop ${counted(open, 'job')} of yours, `}erase ${counted(jobs, 'job')} with their prompts and pictures${plans === 0 ? '' : `, ${counted(plans, 'schedule')}`}, your stars, questions and uploads. It can’t be undone.`,
  forget_ask_posts: () =>
    say`I also take my answers to you out of the rooms, and your commands where I may. Pictures of yours go even where others have starred them.`,
  forget_ask_cannot: (_, { prefix }) =>
    say`What others made from your pictures stays theirs. Copies that people have saved, other servers’ copies and older backups are out of my reach. ${code(`${prefix} mydata`)}, in a direct message, gives you a copy first.`,
  forgot: () => say`${bold('Done: I know nothing about you any more.')} This is what became of it all.`,
  forgot_stopped: ({ jobs }) => say`Stopped: ${counted(jobs, 'job')}.`,
  forgot_rows: ({ jobs, pictures, plans, files }) =>
    say`Erased here: ${counted(jobs, 'job')} with ${counted(pictures, 'picture')}${plans === 0 ? '' : `, ${counted(plans, 'schedule')}`}, and ${counted(files, 'file')}.`,
  forgot_kept: ({ pictures }) =>
    say`${counted(pictures, 'picture')} ${pictures === 1 ? 'stays' : 'stay'} stored, because others made something from ${pictures === 1 ? 'it' : 'them'}.`,
  forgot_posts: (posts) => say`My messages: ${fates(posts, 'I may not remove them')}.`,
  forgot_commands: (posts) =>
    say`Your messages to me: ${fates(posts, 'I may not remove messages of others here, so please delete them yourself')}.`,
  forgot_media: ({ gone, left }) =>
    left === 0
      ? say`Files of my messages on the server: gone with ${counted(gone, 'message')}.`
      : say`Files of ${counted(left, 'message')} stay on the server, where nobody finds them without their address${gone === 0 ? '' : `; those of ${counted(gone, 'message')} are gone`}. Only whoever runs the server can delete them.`,
  forgot_cleaned: ({ isClean }) =>
    isClean
      ? say`My database was written anew, so that nothing of it is left in its free places.`
      : say`My database could not be written anew: parts of it may be left in its free places until they are overwritten. Whoever runs the bot finds why in its log.`,
  forgot_stays: () =>
    say`Out of my reach: copies that people have saved, copies on other servers, and backups from before. If one of these is restored, I erase you again, provided that the list of erasures is still there. Should you write to me again, you are a new person.`,
};
