/** Was der Bot auf Deutsch über Bilder, Stapel, Kontingente und Räume sagt. */
import { formatAll, formatChoice, formatNumber, phraseIn } from '#core/format.ts';
import type { TeamMessageParams } from '#core/message-codes-team.ts';
import type { Catalogue } from '#core/message-codes.ts';
import { bold, code } from '#core/rich-text.ts';

const say = phraseIn('de');
const allOf = (list: string): string => formatAll(list.split(', '), 'de');
const pictures = (count: number): string => `${count} ${count === 1 ? 'Bild' : 'Bilder'}`;
const number = (value: number): string => formatNumber(value, 'de');
const whose = { person: 'Du hast', room: 'Dieser Raum hat' } as const;
const actions: Readonly<Record<string, string>> = {
  show: 'zeigen',
  set: 'setzen',
  undo: 'zurück',
  history: 'verlauf',
  remove: 'entfernen',
  default: 'standard',
  pause: 'pause',
  resume: 'weiter',
  run: 'starten',
};

export const germanTeam: Pick<Catalogue['messages'], Exclude<keyof TeamMessageParams, 'picture_refused'>> = {
  factor_unknown: ({ value }) =>
    say`Um ${code(value)} kann ich nicht vergrößern: Möglich sind ${formatChoice(['x2', 'x4', 'x8'], 'de')}, schreib also zum Beispiel ${code('x4')}.`,
  edit_empty: (_, { prefix }) =>
    say`Was soll dazukommen? Schreib es hinter das Plus, zum Beispiel ${code(`${prefix} + am Abend, Regen`)}; Optionen ändern den Rest.`,
  which_picture: ({ job, first, last }, { prefix }) =>
    say`Auftrag ${bold(job)} hat mehrere Bilder, von ${first} bis ${last}: Nenn eines, zum Beispiel ${code(`${prefix} hoch ${job}/${first}`)}, oder antworte darauf.`,
  picture_not_ready: ({ job }) => say`Dieses Bild von Auftrag ${bold(job)} ist noch nicht fertig: Versuch es wieder, wenn es da ist.`,
  job_cut_short: ({ job, made, count, first }, { prefix }) =>
    first === undefined
      ? say`Auftrag ${bold(job)} endete, bevor ein Bild entstand: ${code(`${prefix} nochmal ${job}`)} beginnt ihn neu.`
      : say`Auftrag ${bold(job)} endete nach ${made} von ${count} Bildern, nicht alles davon ist also da: Nenn eines, das es gibt, zum Beispiel ${code(`${job}/${first}`)}.`,
  strength_needs_picture: () =>
    say`${code('--stärke')} geht von einem Bild aus: Häng eines an den Befehl an, antworte auf eines, oder lass es weg.`,
  reply_no_picture: () =>
    say`Du hast auf eine Nachricht ohne Bild geantwortet: Antworte auf ein Bild, oder nenn eines wie ${code('k7f3/A2')}.`,
  no_picture: () =>
    say`Ich weiß nicht, welches Bild du meinst: Antworte auf eines, nenn eines wie ${code('k7f3/A2')}, oder häng eines an den Befehl an.`,
  upscaler_none: () => say`Hier ist kein Modell zum Vergrößern installiert: Wer den Bot betreibt, findet eines in docs/models.md.`,
  result_too_large: ({ size, result, megapixels, instead }, { prefix }) =>
    instead === undefined
      ? say`Aus ${size} würde ${result}, erlaubt sind höchstens ${number(megapixels)} Megapixel: Größer kann dieses Bild nicht werden.`
      : say`Aus ${size} würde ${result}, erlaubt sind höchstens ${number(megapixels)} Megapixel: Schreib ${code(`${prefix} hoch ${instead}`)}.`,
  replay_other: ({ job }, { prefix }) =>
    say`Auftrag ${bold(job)} hat seine Bilder nicht aus Worten gezeichnet, darum lässt er sich nicht wiederholen: ${code(`${prefix} info ${job}`)} sagt, woher sie kommen.`,
  model_gone: ({ job, model }) =>
    say`Auftrag ${bold(job)} stammt vom Modell ${code(model)}, das nicht mehr installiert ist: Genau dasselbe Bild kann nur dieses Modell zeichnen.`,

  batch_too_large: ({ pictures: asked, variants, limit }) =>
    variants === 1
      ? say`${asked} Bilder sind zu viele für einen Stapel, erlaubt sind höchstens ${limit}: Nimm ein kleineres ${code('--anzahl')}.`
      : say`${variants} Arten von Bildern ergeben zusammen ${asked}, erlaubt sind höchstens ${limit} in einem Stapel: Nimm weniger Stile oder Wörter in Klammern, oder ein kleineres ${code('--anzahl')}.`,
  sheet_nothing: ({ job }) => say`Auftrag ${bold(job)} hat noch kein fertiges Bild.`,
  job_files_gone: ({ job }, { prefix }) =>
    say`Die Dateien von Auftrag ${bold(job)} sind nicht mehr da: ${code(`${prefix} nochmal ${job}`)} zeichnet die Bilder neu.`,
  zip_too_large: ({ job, pictures: count, megabytes, limit }, { prefix }) =>
    say`${pictures(count)} von Auftrag ${bold(job)} sind zusammen ${megabytes} MB groß, eine Datei darf höchstens ${limit} MB haben: ${code(`${prefix} kontaktbogen ${job}`)} zeigt alle auf einem Bild.`,
  jobs_gathered: ({ count, jobs, more }, { prefix }) =>
    say`Angenommen: ${count} Befehle aus diesem Raum (${jobs}${more === 0 ? '' : ` und ${more} weitere`}). Der Server lässt mich nur wenige Nachrichten pro Minute senden, deshalb steht diese eine für alle; die Ergebnisse kommen nach und nach, und ${code(`${prefix} warteschlange`)} zeigt die Reihenfolge.`,
  zip_ready: ({ job, pictures: count }) => say`${pictures(count)} von Auftrag ${bold(job)} in einer Datei, KI-generiert.`,

  replay_identical: ({ pictures: count, job }) =>
    count === 1
      ? say`Identisch: Das Bild ist Pixel für Pixel dasselbe wie in Auftrag ${bold(job)}.`
      : say`Identisch: Alle ${count} Bilder sind Pixel für Pixel dieselben wie in Auftrag ${bold(job)}.`,
  replay_not_compared: ({ job }) =>
    say`Noch einmal gezeichnet, aber nicht verglichen: Die Dateien von Auftrag ${bold(job)} sind nicht mehr da.`,
  replay_other_size: ({ job, before, now }) =>
    say`Noch einmal gezeichnet, aber nicht verglichen: In Auftrag ${bold(job)} sind es ${before}, jetzt ${now}.`,
  replay_uncompared: ({ uncompared, pictures: count, job }) =>
    say`${uncompared} von ${count === 1 ? '1 Bild' : `${count} Bildern`} ${uncompared === 1 ? 'lässt' : 'lassen'} sich nicht mit Auftrag ${bold(job)} vergleichen: Was davon gespeichert ist, fehlt, ist beschädigt oder hat eine andere Größe.`,
  replay_differs: ({ different, pictures: count, job, model, provider, most }) => {
    const reasons = [
      ...(model ? ['die Dateien des Modells haben sich geändert'] : []),
      ...(provider === '' ? [] : [`damals wurde auf ${provider} gerechnet`]),
    ];
    const why = reasons.length === 0 ? say`` : say`; ${formatAll(reasons, 'de')}`;
    return say`Nicht identisch: ${different} von ${count === 1 ? '1 Bild' : `${count} Bildern`} ${different === 1 ? 'weicht' : 'weichen'} von Auftrag ${bold(job)} ab, um höchstens ${most} von 255 Helligkeitsstufen${why}.`;
  },
  enhanced: ({ contrast, sharpness }) =>
    say`Kontrast ${number(contrast[0])} → ${number(contrast[1])}, Schärfe ${number(sharpness[0])} → ${number(sharpness[1])}.`,
  enhance_unchanged: () => say`Kontrast und Schärfe sind schon gut: Das Bild bleibt, wie es ist.`,
  style_beyond_model: ({ styles, model }) =>
    say`${model} kann ${allOf(styles)} nicht wirklich zeichnen: Dafür braucht es ein größeres Modell, siehe docs/models.md.`,

  ask_batch: ({ pictures: count, eta }) => say`Das werden ${pictures(count)}${eta === undefined ? '' : `, in etwa ${eta}`}. Soll ich?`,
  ask_confirm: (_, { prefix }) => say`Reagiere mit 👍, oder schreib ${code(`${prefix} ja`)}, dann geht es weiter.`,
  nothing_asked: () => say`Ich habe dich nichts gefragt, oder es ist zu lange her: Bitte schick den Befehl noch einmal.`,
  ask_not_yours: () => say`Diese Frage geht an die Person, die den Befehl gegeben hat, oder an Admins.`,
  ask_dropped: () => say`Verworfen: Es wurde nichts geändert.`,
  styles_changed_since: () =>
    say`Die Stile haben sich seit meiner Frage geändert: Schick den Befehl noch einmal, dann zeige ich neu, was er ändert.`,
  admins_only: () => say`Das dürfen nur Admins: Frag jemanden, der diesen Raum oder den Bot verwaltet.`,
  bot_admins_only: () =>
    say`Was in allen Räumen gilt, ändern nur die Admins des Bots: Wer ihn betreibt, nennt sie in seiner Konfiguration unter ${code('admins:')}.`,

  style_name_missing: ({ action }, { prefix }) =>
    say`Welcher Stil? Schreib zum Beispiel ${code(`${prefix} stil ${actions[action] ?? action} foto`)}; ${code(`${prefix} stile`)} zeigt alle.`,
  style_format_unknown: ({ value }, { prefix }) =>
    say`Als ${code(value)} kann ich Stile nicht schreiben: Möglich ist ${code(`${prefix} stil export csv`)}, ${code('json')} oder ${code('yaml')}.`,
  style_rename_form: (_, { prefix }) => say`Schreib den alten Namen und den neuen: ${code(`${prefix} stil umbenennen foto "studiofoto"`)}.`,
  style_flag_unused: ({ flag }) =>
    say`Ein Stil kann ${code(flag)} nicht behalten: Er nimmt ${formatAll(['--ohne', '--größe', '--schritte', '--texttreue', '--modell', '--verbessern'], 'de')}. Lass ${code(flag)} weg.`,
  style_file_missing: (_, { prefix }) =>
    say`Es ist keine Datei dabei: Häng eine ${code('styles.csv')}, ${code('.json')} oder ${code('.yaml')} an den Befehl an, oder antworte auf eine mit ${code(`${prefix} stil import`)}.`,
  style_remove_asked: ({ name }) => say`Der Stil ${bold(name)} würde für alle entfernt.`,
  style_rename_asked: ({ from, to }) => say`Der Stil ${bold(from)} hieße dann ${bold(to)}; der alte Name gilt weiter.`,
  style_saved: ({ name, version }, { prefix }) =>
    say`Stil ${bold(name)} gespeichert, Version ${version}; ${code(`${prefix} stil zurück "${name}"`)} nimmt sie zurück.`,
  style_removed: ({ name }, { prefix }) => say`Stil ${bold(name)} entfernt; ${code(`${prefix} stil zurück "${name}"`)} holt ihn wieder.`,
  style_renamed: ({ from, to }) => say`Der Stil ${bold(from)} heißt jetzt ${bold(to)}.`,
  style_default_set: ({ name }, { prefix }) =>
    say`Bilder in diesem Raum entstehen ab jetzt im Stil ${bold(name)}; ${code('--stil none')} lässt ihn einmal weg, ${code(`${prefix} stil standard none`)} ganz.`,
  style_default_off: () => say`Dieser Raum hat keinen eigenen Stil mehr.`,
  styles_imported: ({ added, changed }) => say`${added === 1 ? '1 Stil ist' : say`${added} Stile sind`} neu, ${changed} geändert.`,

  plan_number_missing: ({ action }, { prefix }) =>
    say`Welcher Zeitplan? Schreib seine Nummer, zum Beispiel ${code(`${prefix} plan ${actions[action] ?? action} 3`)}; ${code(`${prefix} pläne`)} zeigt alle.`,
  plan_prompt_missing: ({ schedule }, { prefix }) =>
    say`Was soll ich dann zeichnen? Schreib es hinter die Zeit, zum Beispiel ${code(`${prefix} plan "${schedule}" ein Sonnenaufgang --anzahl 4`)}.`,

  found_none: ({ words }) =>
    words === ''
      ? say`In diesem Raum habe ich keine Bilder gefunden.`
      : say`In diesem Raum habe ich kein Bild mit ${code(words)} im Prompt gefunden.`,
  since_invalid: ({ value }) =>
    say`${code(value)} ist kein Datum: Schreib zum Beispiel ${code('seit:gestern')}, ${code('seit:3d')} oder ${code('seit:2026-11-20')}.`,
  star_added: ({ picture, stars }) => say`${bold(picture)} ist in der Galerie, mit ${stars === 1 ? 'einem Stern' : `${stars} Sternen`}.`,
  star_removed: ({ picture }) => say`Dein Stern für ${bold(picture)} ist zurückgenommen.`,
  gallery_empty: (_, { prefix }) =>
    say`Die Galerie ist leer: Reagiere mit ⭐ auf ein Bild, oder schreib ${code(`${prefix} merken k7f3/A2`)}.`,

  quota_used_up: ({ whose: owner, what, used, limit, asked, freeIn }, { prefix }) => {
    const unit = what === 'pictures' ? 'Bildern' : 'Sekunden Rechenzeit';
    const when = freeIn === undefined ? say`Nimm weniger` : say`In etwa ${freeIn} ist wieder Platz`;
    return say`${whose[owner]} in den letzten 24 Stunden ${used} von ${limit} ${unit} verbraucht, und hierfür wären ${asked} nötig: ${when}; ${code(`${prefix} grenzen`)} zeigt alles.`;
  },
  queue_paused: (_, { prefix }) =>
    say`Die Warteschlange ruht: Bis ${code(`${prefix} admin weiter`)} wird nichts Neues gezeichnet; Befehle nehme ich weiter an.`,
  queue_resumed: () => say`Die Warteschlange läuft weiter.`,
  queue_is_paused: () => say`Ein Admin hat die Warteschlange angehalten: Deine Bilder entstehen, sobald sie weiterläuft.`,
  limit_value_missing: ({ name }, { prefix }) =>
    say`Welcher Wert? Schreib zum Beispiel ${code(`${prefix} admin grenzen ${name} 50`)}, oder ${code('standard')} statt der Zahl.`,
  limit_unknown: ({ name, names, suggestion }) =>
    suggestion === undefined
      ? say`Eine Grenze ${code(name)} gibt es nicht: Es gibt ${allOf(names)}.`
      : say`Eine Grenze ${code(name)} gibt es nicht: Meintest du ${code(suggestion)}?`,
  limit_out_of_range: ({ name, value, highest }) => say`${code(`${name} ${value}`)} geht nicht: Erlaubt ist 1 bis ${highest}.`,
  limit_changed: ({ name, value }) => say`${code(name)} ist ab jetzt ${value}.`,
  model_used: ({ model }) => say`Ab jetzt zeichnet ${bold(model)}, wo ein Befehl kein Modell nennt.`,

  time_zone_is: ({ zone, now }) => say`Die Zeitzone dieses Raums ist ${bold(zone)}, dort ist es ${now}.`,
  quiet_is: ({ hours }, { prefix }) =>
    say`Ruhezeit dieses Raums: ${hours}, dann beginnt kein Zeitplan; ${code(`${prefix} ruhezeit aus`)} hebt sie auf.`,
  quiet_off: () => say`Dieser Raum hat keine Ruhezeit: Zeitpläne laufen jederzeit.`,
  quiet_invalid: ({ value }, { prefix }) =>
    say`${code(value)} ist keine Ruhezeit: Schreib zwei verschiedene Uhrzeiten, zum Beispiel ${code(`${prefix} ruhezeit 22:00-06:00`)}, oder ${code(`${prefix} ruhezeit aus`)}.`,
};
