/** What the bot says in German about a person's own data. */
import { phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import type { PersonalDataMessageParams } from '#core/personal-data-message-codes.ts';
import { bold, code } from '#core/rich-text.ts';

const say = phraseIn('de');
const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
const orders = (count: number): string => counted(count, 'Auftrag', 'Aufträge');
const pictures = (count: number): string => counted(count, 'Bild', 'Bilder');
const plans = (count: number): string => counted(count, 'Zeitplan', 'Zeitpläne');
const messages = (count: number): string => counted(count, 'Nachricht', 'Nachrichten');

type Posts = PersonalDataMessageParams['forgot_posts'];

/** What became of messages, without those of which there are none. */
const fates = ({ gone, hidden, failed, waiting }: Posts, why: string): string =>
  [
    gone > 0 ? `${gone} entfernt` : '',
    hidden > 0 ? `${hidden} verborgen vor allen außer denen, die den Server betreiben` : '',
    failed > 0 ? `${failed} noch da, weil ${why}` : '',
    waiting > 0 ? `${waiting} folgen noch, weil der Server mich nur wenige auf einmal entfernen lässt` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

export const germanPersonalData: Pick<Catalogue['messages'], keyof PersonalDataMessageParams> = {
  mydata_direct_only: (_, { prefix }) =>
    say`Was ich über dich gespeichert habe, geht nur dich etwas an, und hier lesen andere mit: Schreib mir ${code(`${prefix} meinedaten`)} in einer Direktnachricht.`,
  mydata_too_large: ({ megabytes, limit }, { prefix }) =>
    say`Deine Bilder haben ${megabytes} MB, und ich schicke höchstens ${limit} MB: Hol sie dir Auftrag für Auftrag mit ${code(`${prefix} zip k7f3`)}, oder bitte die, die den Bot betreiben, um eine Kopie.`,
  mydata_ready: ({ jobs, pictures: count, missing, part, parts }) => {
    const which = parts === 1 ? '' : ` Teil ${part} von ${parts}.`;
    if (part > 1) return say`Weitere Bilder von dir.${which}`;
    const lost = missing === 0 ? '' : ` ${pictures(missing)} davon ${missing === 1 ? 'ist' : 'sind'} nicht mehr gespeichert.`;
    return say`Alles, was ich auf dieser Plattform über dich gespeichert habe: ${orders(jobs)} mit ${counted(count, 'Bild', 'Bildern')}, aus allen Räumen, und in ${code('mydata.json')} jeder Eintrag, der dich nennt.${lost}${which}`;
  },
  forget_ask: ({ jobs, open, plans: count }) =>
    say`${bold('Soll ich dich vergessen?')} Dann ${open === 0 ? '' : `stoppe ich ${orders(open)} von dir, `}lösche ${open === 0 ? 'ich ' : ''}auf dieser Plattform, in allen Räumen, ${orders(jobs)} mit Prompts und Bildern${count === 0 ? '' : `, ${plans(count)}`}, deine Sterne, Rückfragen und hochgeladenen Bilder. Das lässt sich nicht rückgängig machen.`,
  forget_ask_posts: () =>
    say`Auch meine Antworten an dich nehme ich aus den Räumen, und deine Befehle, wo ich das darf. Bilder von dir gehen auch dann, wenn andere sie mit einem Stern versehen haben.`,
  forget_ask_cannot: (_, { prefix }) =>
    say`Was andere aus deinen Bildern gemacht haben, bleibt ihres. Kopien, die jemand gespeichert hat, Kopien auf anderen Servern und ältere Sicherungen erreiche ich nicht. ${code(`${prefix} meinedaten`)}, in einer Direktnachricht, gibt dir vorher eine Kopie.`,
  forgot: () => say`${bold('Erledigt: Ich weiß nichts mehr über dich.')} Das ist aus allem geworden.`,
  forgot_stopped: ({ jobs }) => say`Gestoppt: ${orders(jobs)}.`,
  forgot_rows: ({ jobs, pictures: count, plans: planned, files }) =>
    say`Hier gelöscht: ${orders(jobs)} mit ${counted(count, 'Bild', 'Bildern')}${planned === 0 ? '' : `, ${plans(planned)}`} und ${counted(files, 'Datei', 'Dateien')}.`,
  forgot_kept: ({ pictures: count }) =>
    say`${counted(count, 'Bild', 'Bilder')} ${count === 1 ? 'bleibt' : 'bleiben'} gespeichert, weil andere daraus etwas gemacht haben.`,
  forgot_posts: (posts) => say`Meine Nachrichten: ${fates(posts, 'ich sie nicht entfernen darf')}.`,
  forgot_commands: (posts) =>
    say`Deine Nachrichten an mich: ${fates(posts, 'ich hier keine Nachrichten anderer entfernen darf; lösche sie bitte selbst')}.`,
  forgot_media: ({ gone, left }) =>
    left === 0
      ? say`Dateien meiner Nachrichten auf dem Server: mit ${messages(gone)} gelöscht.`
      : say`Dateien von ${messages(left)} bleiben auf dem Server, wo sie ohne ihre Adresse niemand findet${gone === 0 ? '' : `; die von ${messages(gone)} sind gelöscht`}. Löschen können sie nur die, die den Server betreiben.`,
  forgot_cleaned: ({ isClean }) =>
    isClean
      ? say`Meine Datenbank wurde neu geschrieben, damit auch an freien Stellen nichts davon übrig ist.`
      : say`Meine Datenbank ließ sich nicht neu schreiben: An freien Stellen kann etwas davon übrig sein, bis es überschrieben wird. Warum, steht im Log bei denen, die den Bot betreiben.`,
  forgot_stays: () =>
    say`Nicht erreichen kann ich gespeicherte Kopien, andere Server und ältere Sicherungen. Wird eine davon zurückgespielt, lösche ich dich wieder, wenn die Liste der Löschungen noch da ist. Schreibst du mir wieder, lerne ich dich neu kennen.`,
};
