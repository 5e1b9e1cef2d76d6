/** Was der Bot auf Deutsch sagt. */
import { formatAll, formatChoice, formatMegabytes, phraseIn } from '#core/format.ts';
import type { Catalogue, Failure, FailureParams, Text, Voice } from '#core/message-codes.ts';
import { germanTeam } from '#core/messages-team-de.ts';
import { germanPlans } from '#core/plan-messages-de.ts';
import { bold, code } from '#core/rich-text.ts';
import { germanMarks } from '#core/marks-messages-de.ts';
import { germanSimilarity } from '#core/similarity-messages-de.ts';
import { germanSafety } from '#core/safety-messages-de.ts';
import { germanPersonalData } from '#core/personal-data-messages-de.ts';
import { germanPrivacy } from '#core/privacy-messages-de.ts';
import { germanStyles } from '#core/style-messages-de.ts';
import type { UnreadableCause } from '#core/incoming.ts';

const say = phraseIn('de');

const jobs = (ids: string, count: number) => (count === 1 ? say`Auftrag ${bold(ids)}` : say`${count} Aufträge (${ids})`);
/** The model's name where the breakage tells it. */
const ofModel = ({ model }: FailureParams) => (model === undefined ? say`des Modells` : say`des Modells ${code(String(model))}`);
const theModel = ({ model }: FailureParams) => (model === undefined ? say`Das Modell` : say`Das Modell ${code(String(model))}`);
/** A list such as `256×256, 512×512` as a choice. */
const oneOf = (list: string): string => formatChoice(list.split(', '), 'de');
/** A list such as `fox, cat, dog` as a whole. */
const allOf = (list: string): string => formatAll(list.split(', '), 'de');
const isOne = (list: string): boolean => !list.includes(', ');
/** The decimal comma, for numbers that are read. */
const comma = (value: string): string => value.replace('.', ',');

/** Was geschehen ist, woran es meist liegt, was hilft. */
const unreadable: Readonly<Record<UnreadableCause, string>> = {
  key_missing:
    'Ich kann deine Nachricht nicht entschlüsseln, weil mir deine App den Schlüssel dazu nicht gegeben hat; meist wusste sie noch nicht, dass ich hier bin. Schick sie noch einmal; hilft das nicht, starte die App neu und versuch es dann wieder.',
  key_withheld:
    'Ich kann deine Nachricht nicht entschlüsseln, weil deine App ihre Schlüssel nicht verifizierten Geräten vorenthält. Erlaube in den Sicherheitseinstellungen der App oder dieses Raums auch nicht verifizierte Geräte und schick sie noch einmal.',
  device_unverified:
    'Hier führe ich nur aus, was von verifizierten Geräten kommt, und dieses hier ist nicht verifiziert. Verifiziere es mit einem anderen Gerät oder deinem Wiederherstellungsschlüssel und schick die Nachricht noch einmal.',
  damaged:
    'Ich kann deine Nachricht nicht entschlüsseln: Sie ist beschädigt oder auf eine Art verschlüsselt, die ich nicht kenne. Schick sie noch einmal oder aus einer anderen App.',
};

const explain = ({ error, params = {} }: Failure, voice: Voice): Text => german.failures[error](params, voice);

export const german: Catalogue = {
  messages: {
    ...germanMarks,
    ...germanPlans,
    ...germanPersonalData,
    ...germanPrivacy,
    ...germanSafety,
    ...germanSimilarity,
    ...germanStyles,
    ...germanTeam,
    picture_refused: (failure, voice) => say`Diese Datei kann ich nicht nehmen: ${explain(failure, voice)}`,
    prompt_empty: ({ swallowedBy }, { prefix }) =>
      swallowedBy === undefined
        ? say`Da ist noch nichts zu zeichnen: Schreib dazu, was du sehen möchtest, zum Beispiel ${code(`${prefix} ein roter Fuchs --n 4`)}.`
        : say`Da ist noch nichts zu zeichnen: ${code(swallowedBy)} nimmt alle Wörter, die folgen. Schreib davor, was du sehen möchtest, zum Beispiel ${code(`${prefix} ein roter Fuchs ${swallowedBy} Text`)}.`,
    prompt_too_long: ({ length, limit }) => say`Dein Prompt ist ${length} Zeichen lang, erlaubt sind höchstens ${limit}: Bitte kürze ihn.`,
    negative_too_long: ({ length, limit }) =>
      say`Die Wörter hinter ${code('--ohne')} sind zusammen ${length} Zeichen lang, erlaubt sind höchstens ${limit}: Bitte kürze sie.`,
    flag_unknown: ({ flag, suggestion }, { prefix }) =>
      suggestion === undefined
        ? say`Die Option ${code(flag)} kenne ich nicht: ${code(`${prefix} hilfe optionen`)} zeigt alle, und was hinter ${code('--')} steht, gehört immer zum Prompt.`
        : say`Die Option ${code(flag)} kenne ich nicht: Meintest du ${code(suggestion)}?`,
    clip_skip: ({ flag }) =>
      say`${code(flag)} gibt es hier nicht, denn jedes Modell liest deine Wörter so, wie es das gelernt hat: Lass die Option weg und gib einzelnen Wörtern mit ${code('(Wort:0,8)')} weniger oder mit ${code('(Wort:1,2)')} mehr Gewicht.`,
    flag_glued: ({ word, before, flag }) =>
      say`In ${code(word)} steckt eine Option: Schreib ${code(`${before} ${flag}`)} mit Leerzeichen, oder ${code(`${before} – …`)}, wenn es ein Gedankenstrich sein soll.`,
    flag_twice: ({ flag }) => say`${code(flag)} steht zweimal da, und ich weiß nicht, welches gilt: Lass eines davon weg.`,
    value_missing: ({ flag, example }) => say`Hinter ${code(flag)} fehlt ein Wert, zum Beispiel ${code(example)}.`,
    value_unexpected: ({ flag, value }) => say`${code(flag)} braucht keinen Wert: Lass ${code(value)} weg und schreib nur ${code(flag)}.`,
    whole_number_invalid: ({ flag, value, example }) =>
      say`${code(value)} ist keine ganze Zahl: Hinter ${code(flag)} stehen nur Ziffern, zum Beispiel ${code(`${flag} ${example}`)}.`,
    decimal_invalid: ({ flag, value, example }) =>
      say`${code(value)} ist keine Zahl: Schreib zum Beispiel ${code(`${flag} ${comma(example)}`)}.`,
    size_invalid: ({ flag, value }) =>
      say`${code(value)} ist keine Größe: Hinter ${code(flag)} steht Breite x Höhe in Pixeln, zum Beispiel ${code(`${flag} 512x512`)}.`,
    ratio_invalid: ({ flag, value }) =>
      say`${code(value)} ist kein Format: Hinter ${code(flag)} steht Breite:Höhe, zum Beispiel ${code(`${flag} 16:9`)}, oder ${code('quadrat')}, ${code('hoch')} oder ${code('quer')}.`,
    topic_unknown: ({ topic, suggestion }, { prefix }) =>
      say`Zu ${code(topic)} gibt es keine Hilfe: Meintest du ${code(`${prefix} hilfe ${suggestion}`)}?`,
    language_missing: (_, { prefix }) =>
      say`Welche Sprache? Schreib ${code(`${prefix} sprache de`)} für Deutsch oder ${code(`${prefix} sprache en`)} für Englisch.`,
    language_unknown: ({ value }, { prefix }) =>
      say`${code(value)} spreche ich nicht: Schreib ${code(`${prefix} sprache de`)} für Deutsch oder ${code(`${prefix} sprache en`)} für Englisch.`,

    number_out_of_range: ({ flag, value, min, max, example }) =>
      say`${code(`${flag} ${comma(value)}`)} ist zu ${Number(value) < min ? 'klein' : 'groß'}: ${code(flag)} geht von ${String(min)} bis ${String(max)}, schreib also ${code(comma(example))}.`,
    steps_out_of_range: ({ value, max, model, nearest }) =>
      say`${code(`--steps ${value}`)} ist zu ${Number(value) < 1 ? 'klein' : 'groß'}: ${model} rechnet mit 1 bis ${String(max)} Schritten, schreib also ${code(`--steps ${nearest}`)}.`,
    seed_out_of_range: ({ value, max }) =>
      say`${code(`--seed ${value}`)} geht nicht: Ein Seed ist eine ganze Zahl von 0 bis ${max}; ohne ${code('--seed')} wird einer ausgelost.`,
    seed_too_high_for_count: ({ seed, count, highest }) =>
      say`Hinter Seed ${seed} ist kein Platz für ${count} Bilder, die je einen Seed brauchen: Schreib ${code(`--seed ${highest}`)} oder einen kleineren.`,
    size_and_ratio: ({ size, ratio }) =>
      say`${code(`--size ${size}`)} und ${code(`--ar ${ratio}`)} legen beide die Form fest: Lass eines davon weg.`,
    size_not_made: ({ size, model, sizes, nearest }) =>
      say`${code(size)} kann ${model} nicht: Möglich ist ${oneOf(sizes)}, schreib also ${code(`--size ${nearest}`)}.`,
    size_out_of_range: ({ size, model, min, max, multiple, megapixels, nearest, enlarged, enlargedMegapixels }) => {
      const most = enlargedMegapixels === undefined ? say`` : say` bis ${enlargedMegapixels} Megapixel`;
      const larger = enlarged === undefined ? say`` : say`, oder das Ganze ${oneOf(enlarged)}${most}`;
      return say`${code(size)} kann ${model} nicht: Jede Seite ist ein Vielfaches von ${multiple} zwischen ${min} und ${max} Pixeln, zusammen höchstens ${megapixels} Megapixel${larger}; schreib also ${code(`--size ${nearest}`)}.`;
    },
    ratio_not_made: ({ ratio, model, ratios, nearest }) =>
      say`Das Format ${code(ratio)} kann ${model} nicht: Möglich ist ${oneOf(ratios)}, schreib also ${code(`--ar ${nearest}`)}.`,
    guidance_unsupported: ({ flag, model }) =>
      say`${model} arbeitet ohne Guidance, ${code(flag)} würde also nichts ändern: Lass es weg, oder nimm mit ${code('--model')} ein anderes Modell.`,
    negative_needs_guidance: ({ guidance }) =>
      say`${code('--ohne')} wirkt nur bei einer Guidance über 1, hier ist sie ${comma(guidance)}: Schreib ${code('--guidance 2')} dazu, oder lass ${code('--ohne')} weg.`,
    model_unknown: ({ name, models, suggestion }) =>
      suggestion === undefined
        ? say`Ein Modell ${code(name)} gibt es hier nicht: Installiert sind ${models}.`
        : say`Ein Modell ${code(name)} gibt es hier nicht: Meintest du ${code(suggestion)}? Installiert sind ${models}.`,

    queue_full: ({ waiting, limit }) =>
      say`Die Warteschlange ist voll (${waiting} von ${limit} Aufträgen warten), darum habe ich diesen nicht angenommen: Bitte schick ihn in ein paar Minuten noch einmal.`,
    person_queue_full: ({ waiting, limit }, { prefix }) =>
      say`Von dir warten schon ${waiting} Aufträge, mehr als ${limit} gehen nicht: Warte, bis einer fertig ist, oder schreib ${code(`${prefix} abbrechen meine`)}.`,
    unknown_job: ({ job }, { prefix }) =>
      say`Einen Auftrag ${code(job)} kenne ich nicht: Jede Antwort nennt ihren Auftrag, und ${code(`${prefix} warteschlange`)} zeigt die offenen.`,
    unknown_cell: ({ job, cell, last }) =>
      last === 'A1'
        ? say`Auftrag ${bold(job)} hat kein Bild ${code(cell)}, nur ${code('A1')}: Meinst du einen anderen, nenn ihn dazu, wie in ${code(`k7f3/${cell}`)}.`
        : say`Auftrag ${bold(job)} hat kein Bild ${code(cell)}: Seine Bilder gehen von A1 bis ${last}. Meinst du einen anderen, nenn ihn dazu, wie in ${code(`k7f3/${cell}`)}.`,
    not_your_job: ({ job }) => say`Auftrag ${bold(job)} gehört jemand anderem: Abbrechen kann ihn nur diese Person oder ein Admin.`,
    nothing_to_cancel: (_, { prefix }) =>
      say`Von dir wartet oder läuft gerade kein Auftrag, es gibt also nichts abzubrechen; ${code(`${prefix} warteschlange`)} zeigt alle offenen.`,
    already_finished: ({ job }) => say`Auftrag ${bold(job)} ist schon fertig, es gibt nichts mehr abzubrechen.`,
    cancel_done: ({ jobs: ids, count }) => say`${jobs(ids, count)} abgebrochen.`,
    cancel_requested: ({ jobs: ids, count }) => say`${jobs(ids, count)} ${count === 1 ? 'stoppt' : 'stoppen'} nach dem laufenden Schritt …`,
    nothing_to_repeat: (_, { prefix }) =>
      say`Ich finde hier keinen früheren Wunsch von dir, den ich wiederholen könnte: Nenn einen Auftrag, zum Beispiel ${code(`${prefix} nochmal k7f3`)}, oder schreib einen neuen Prompt.`,
    nothing_to_show: (_, { prefix }) =>
      say`Ich weiß nicht, welches Bild du meinst: Nenn es, zum Beispiel ${code(`${prefix} info k7f3/A1`)}, oder antworte darauf.`,
    job_failed: ({ job, ...failure }, voice) => say`Auftrag ${bold(job)} ist gescheitert: ${explain(failure, voice)}`,
    picture_not_delivered: ({ job }) =>
      say`Der Server hat ein Bild von Auftrag ${bold(job)} abgelehnt: Vielleicht ist es ihm zu groß, oder ich darf in diesem Raum keine Dateien posten.`,
    picture_over_limit: ({ job, limitBytes }) =>
      say`Der Server hat ein Bild von Auftrag ${bold(job)} abgelehnt: Er nimmt Dateien bis ${formatMegabytes(limitBytes, 'de')}, das reicht nicht einmal für eine kleine Kopie. Wer den Server betreibt, kann seine Grenze für Uploads anheben.`,
    picture_uncertain: ({ job }, { prefix }) =>
      say`Ich weiß nicht, ob ein Bild von Auftrag ${bold(job)} angekommen ist: Die Verbindung ist abgerissen, und ich kann hier nicht nachlesen. Damit nichts doppelt erscheint, wiederhole ich es nicht von mir aus; falls es fehlt, bringt ${code(`${prefix} zip ${job}`)} alle Bilder.`,
    answer_uncertain: ({ job }, { prefix }) =>
      job === undefined
        ? say`Ich weiß nicht, ob eine Antwort von mir angekommen ist: Die Verbindung ist abgerissen, und ich kann hier nicht nachlesen. Damit nichts doppelt dasteht, wiederhole ich sie nicht von mir aus; falls sie fehlt, frag noch einmal.`
        : say`Ich weiß nicht, ob mein Schlusswort zu Auftrag ${bold(job)} angekommen ist: Die Verbindung ist abgerissen, und ich kann hier nicht nachlesen. Damit nichts doppelt dasteht, wiederhole ich es nicht von mir aus; ${code(`${prefix} info ${job}`)} sagt, was daraus geworden ist.`,
    file_not_delivered: ({ name }) =>
      say`Der Server hat die Datei ${bold(name)} abgelehnt: Vielleicht ist sie ihm zu groß, oder ich darf in diesem Raum keine Dateien posten.`,
    restarted: ({ job }) =>
      say`Auftrag ${bold(job)} wurde durch einen Neustart unterbrochen; was noch fehlte, wurde mit demselben Seed neu gezeichnet.`,
    prompt_truncated: ({ dropped }) =>
      say`Der Prompt war länger, als das Modell lesen kann; diese Wörter blieben ohne Wirkung: «${dropped}». Stell nach vorn, was wichtig ist.`,
    subject_unknown: ({ things, nearest, examples = '', larger }, { prefix }) => {
      const knows = things === 1 ? say`1 Ding, und dein Prompt nennt es nicht` : say`${things} Dinge, und dein Prompt nennt keines davon`;
      const instead =
        nearest === undefined
          ? `zeichnen kann es zum Beispiel ${allOf(examples)}`
          : `am nächsten ${isOne(nearest) ? 'kommt' : 'kommen'} ${allOf(nearest)}`;
      const where =
        larger === undefined
          ? say`Wer den Bot betreibt, kann ein größeres Modell einrichten: docs/models.md.`
          : say`Für ein größeres Modell schreib ${code(`--model ${larger}`)} dazu.`;
      return say`Dieses kleine Modell kennt ${knows}; ${instead}, die ganze Liste zeigt ${code(`${prefix} modelle`)}. ${where}`;
    },
    not_upscaled: ({ count, images, size }) =>
      count < images
        ? say`${count} von ${images} ${count === 1 ? 'ließ' : 'ließen'} sich nicht vergrößern und ${count === 1 ? 'bleibt' : 'bleiben'} bei ${size}; warum, steht im Log des Bots.`
        : say`Das Vergrößern war nicht möglich, darum bleibt es bei ${size}, wie vom Modell gezeichnet; ${code('blitzbild doctor')} oder das Log des Bots zeigt den Grund.`,

    language_set: () => say`Ab jetzt spreche ich in diesem Raum Deutsch.`,
    message_unreadable: ({ cause }) => say`${unreadable[cause]}`,
    message_unprotected: () =>
      say`Dieser Raum ist verschlüsselt, deine Nachricht war es nicht: Vielleicht kommt sie nicht von dir, darum habe ich sie nicht ausgeführt. Schick sie aus einer App, die verschlüsselt.`,
    engine_failed: (failure, voice) => say`Ich kann gerade nicht zeichnen: ${explain(failure, voice)}`,
  },

  failures: {
    upscaler_missing: () =>
      say`Es ist kein Modell zum Vergrößern installiert. Wer den Bot betreibt, kann eines einrichten: docs/models.md.`,
    picture_unreadable: () => say`Die Datei lässt sich nicht als Bild lesen. Schick eine vollständige PNG-, JPEG- oder WebP-Datei.`,
    picture_too_large: ({ widthPx, heightPx, maxPixels }) =>
      maxPixels === undefined
        ? say`Das Bild hat zu viele Pixel. Schick ein kleineres.`
        : say`Das Bild hat ${String(widthPx)}×${String(heightPx)} Pixel, erlaubt sind höchstens ${Number(maxPixels) / 1_000_000} Megapixel. Schick ein kleineres.`,
    picture_animated: () => say`Das Bild ist eine Animation. Schick eines, das stillsteht, zum Beispiel als PNG oder JPEG.`,
    picture_gone: ({ job }, { prefix }) =>
      job === undefined
        ? say`Die Datei des Bildes ist nicht mehr da. Schick es noch einmal, oder lass es neu zeichnen.`
        : say`Die Datei des Bildes ist nicht mehr da. ${code(`${prefix} nochmal ${String(job)}`)} zeichnet es neu.`,
    attachment_too_large: ({ maxMb }) =>
      say`Die Datei ist ${maxMb === undefined ? 'zu groß' : `größer als ${maxMb} MB`}. Schick eine kleinere.`,
    attachment_unavailable: () => say`Der Server hat die Datei nicht herausgegeben. Schick sie in einer Minute noch einmal.`,
    attachment_unprotected: () =>
      say`Dieser Raum ist verschlüsselt, die Nachricht mit der Datei war es nicht und kann von jemand anderem stammen. Schick die Datei aus einer App, die verschlüsselt.`,
    engine_crashed: (_, { prefix }) =>
      say`Die Bild-Engine ist beim Zeichnen abgestürzt und wurde neu gestartet. Versuch es mit ${code(`${prefix} nochmal`)} noch einmal; wenn es wieder scheitert, nimm weniger Schritte oder ein kleineres Bild.`,
    engine_unavailable: () =>
      say`Die Bild-Engine läuft nicht. Bitte sag der Person Bescheid, die diesen Bot betreibt; ${code('blitzbild doctor')} zeigt auf dem Rechner den Grund.`,
    model_missing: (params) =>
      params['file'] === 'vae_encoder'
        ? say`${theModel(params)} kann nicht von einem Bild ausgehen: In seinem Ordner fehlt der Bildkodierer (${code('vae_encoder')}). Ein Admin kann ihn ergänzen, oder du wählst mit ${code('--model')} ein anderes Modell.`
        : params['file'] === undefined
          ? say`${theModel(params)} ist nicht installiert. Ein Admin kann die Modellordner mit ${code('blitzbild doctor')} prüfen.`
          : say`${theModel(params)} hat die Datei ${code(String(params['file']))} nicht. Ein Admin muss das Modell neu installieren.`,
    model_broken: (params) =>
      say`Die Dateien ${ofModel(params)} sind unvollständig, beschädigt oder passen nicht zusammen. Ein Admin muss das Modell neu installieren; ${code('blitzbild doctor')} nennt die Datei.`,
    model_unsupported: (params) =>
      say`${theModel(params)} ist von einer Art, die nicht unterstützt wird. Ein Admin muss ein anderes wählen; ${code('blitzbild doctor')} zeigt die, die gehen.`,
    provider_unavailable: () =>
      say`Die gewünschte Grafikkarte oder ihr Treiber ist nicht nutzbar. Ein Admin sieht den Grund mit ${code('blitzbild doctor')}, oder er erlaubt auch ${code('cpu')}.`,
    not_a_number: (params) =>
      say`${theModel(params)} lieferte kein Bild, nur ungültige Zahlen: Meist laufen seine Gewichte in float16 über. Versuch es mit einem anderen ${code('--seed')}, einer kleineren ${code('--guidance')} oder einem anderen ${code('--model')}; kommt es immer wieder vor, muss ein Admin den float32-Export des Modells installieren.`,
    out_of_memory: ({ neededGb, freeGb, ...params }) =>
      neededGb !== undefined && freeGb !== undefined
        ? say`${theModel(params)} braucht ${String(neededGb).replace('.', ',')} GB Speicher, frei sind ${String(freeGb).replace('.', ',')} GB. Nimm mit ${code('--model')} ein kleineres, oder versuch es wieder, wenn andere Programme beendet sind.`
        : say`Dem Rechner ist der Speicher ausgegangen. Nimm mit ${code('--size')} ein kleineres Bild, oder lass ${code('--hq')} weg.`,
    image_store_full: ({ maxMb }) =>
      say`Der Platz für Bilder auf diesem Rechner${maxMb === undefined ? '' : ` (${maxMb} MB)`} ist voll. Ein Admin muss alte Bilder löschen oder mehr Platz erlauben.`,
    disk_full: () =>
      say`Die Festplatte dieses Rechners ist voll, deshalb lässt sich nichts mehr speichern. Ein Admin muss Platz schaffen; danach klappt es wieder.`,
    size_unsupported: () =>
      say`In dieser Größe kann das Modell kein Bild erzeugen. Ohne ${code('--size')} und ${code('--ar')} nimmt es eine, die geht.`,
    restored: (_, { prefix }) =>
      say`Ich wurde aus einer Sicherung wiederhergestellt, in der er noch nicht fertig war. Mit ${code(`${prefix} nochmal`)} beginnt er von neuem.`,
    cancelled: (_, { prefix }) => say`Er wurde abgebrochen. Mit ${code(`${prefix} nochmal`)} beginnt er von neuem.`,
    internal: (_, { prefix }) =>
      say`Im Bot ist etwas schiefgegangen. Versuch es mit ${code(`${prefix} nochmal`)} noch einmal; wenn es wieder passiert, sag bitte der Person Bescheid, die den Bot betreibt, und nenn den Auftrag.`,
  },
};
