/** Was der Bot auf Deutsch über Stile und ihre Dateien sagt. */
import { formatAll, phraseIn } from '#core/format.ts';
import type { Catalogue } from '#core/message-codes.ts';
import { bold, code } from '#core/rich-text.ts';
import { allowedAt } from '#core/style-keys.ts';
import type { StyleMessageParams } from '#core/style-message-codes.ts';

const say = phraseIn('de');
/** A list such as `size, steps` as a whole. */
const allOf = (list: string): string => formatAll(list.split(', '), 'de');

export const germanStyles: Pick<Catalogue['messages'], keyof StyleMessageParams> = {
  style_unknown: ({ name, suggestion }, { prefix }) =>
    suggestion === undefined
      ? say`Einen Stil ${code(name)} gibt es nicht: ${code(`${prefix} stile`)} zeigt alle.`
      : say`Einen Stil ${code(name)} gibt es nicht: Meintest du ${code(suggestion)}? ${code(`${prefix} stile`)} zeigt alle.`,
  style_name_invalid: ({ name, limit }) =>
    say`${code(name)} kann kein Stil heißen: Möglich sind 1 bis ${limit} Buchstaben, Ziffern, Leerzeichen und Bindestriche, zum Beispiel ${code('ölgemälde')}.`,
  style_name_reserved: ({ name }) =>
    say`${code(name)} kann kein Stil heißen, weil es hinter ${code('stil')} ein Befehl ist: Nimm einen anderen Namen, zum Beispiel ${code(`${name} look`)}.`,
  style_name_taken: ({ name, by }) => say`Den Namen ${code(name)} hat schon der Stil ${bold(by)}: Nimm einen anderen, oder ändere jenen.`,
  style_title_invalid: ({ length, limit }) => say`Der Titel hat ${length} Zeichen, erlaubt sind 1 bis ${limit}.`,
  style_template_missing: ({ name }, { prefix }) =>
    say`Der neue Stil ${bold(name)} braucht eine Vorlage: Schreib ${code(`${prefix} stil setzen "${name}" "{prompt}, oil on canvas"`)}.`,
  style_template_no_prompt: ({ template }) =>
    say`In der Vorlage steht nirgends, wohin der Prompt kommt: Setz einmal ${code('{prompt}')} hinein, zum Beispiel ${code(`{prompt}, ${template}`)}.`,
  style_template_two_prompts: ({ count }) =>
    say`${code('{prompt}')} steht ${count}-mal in der Vorlage, erlaubt ist genau einmal: Lass die anderen weg.`,
  style_template_braces: ({ braces }) =>
    say`In der Vorlage steht ${code(braces)}, geschweifte Klammern hat aber nur ${code('{prompt}')}, und zwar genau einmal: Schreib die anderen Wörter ohne sie.`,
  style_template_too_long: ({ length, limit }) =>
    say`Die Vorlage ist ${length} Zeichen lang, erlaubt sind höchstens ${limit}: Bitte kürze sie.`,
  style_negative_braces: ({ braces }) =>
    say`Im Negativ-Prompt steht ${code(braces)}: Er besteht nur aus Wörtern, und was jemand hinter ${code('--ohne')} schreibt, kommt davor.`,
  style_negative_too_long: ({ length, limit }) =>
    say`Der Negativ-Prompt ist ${length} Zeichen lang, erlaubt sind höchstens ${limit}: Bitte kürze ihn.`,
  style_text_invisible: () =>
    say`Im Text des Stils stehen unsichtbare Zeichen, etwa ein Zeilenende oder eines, das die Schreibrichtung umkehrt: Tipp ihn neu in eine Zeile.`,
  style_unchanged: ({ name }) => say`Der Stil ${bold(name)} ist schon genau so, es gibt nichts zu ändern.`,
  style_undo_nothing: ({ name }) => say`Vom Stil ${bold(name)} gibt es keine frühere Version, die zurückkommen könnte.`,
  style_version_unknown: ({ name, version, newest }) =>
    say`Vom Stil ${bold(name)} gibt es keine Version ${version}: Seine Versionen gehen von 1 bis ${newest}.`,

  style_import_too_large: ({ megabytes, limit }) =>
    say`Die Datei hat ${megabytes} MB, eine Datei mit Stilen darf höchstens ${limit} MB haben: Nimm nur die Stile hinein, die du brauchst.`,
  style_import_format: ({ name }) =>
    say`${code(name)} ist keine Datei mit Stilen, die ich kenne: Es muss eine ${code('styles.csv')} (A1111), eine ${code('.json')} (Fooocus) oder eine eigene ${code('.yaml')} sein.`,
  style_import_encoding: () =>
    say`Die Datei ist kein UTF-8-Text: Speichere sie als UTF-8 (in einer Tabelle: «CSV UTF-8») und schick sie noch einmal.`,
  style_import_too_many: ({ count, limit }) => say`In der Datei sind ${count} Stile, auf einmal gehen höchstens ${limit}: Teile sie auf.`,
  style_import_csv_header: () => say`Die erste Zeile der CSV muss die Spalten nennen: ${code('name,prompt,negative_prompt')}.`,
  style_import_csv_quotes: ({ line }) =>
    say`Ab Zeile ${line} stimmen in der CSV die Anführungszeichen nicht: Schließ das Feld mit ${code('"')} und schreib eines darin als ${code('""')}. Importiert wurde nichts.`,
  style_import_json: ({ line }) =>
    line === undefined
      ? say`Die Datei ist kein gültiges JSON: Sieh nach, wo sie endet. Importiert wurde nichts.`
      : say`Die Datei ist ab Zeile ${line} kein gültiges JSON: Prüf dort Kommas, Anführungszeichen und Klammern. Importiert wurde nichts.`,
  style_import_json_shape: () =>
    say`Das JSON muss eine Liste von Stilen sein, wie Fooocus sie hat: ${code('[{"name": "…", "prompt": "…", "negative_prompt": "…"}]')}.`,
  style_import_json_entry: () =>
    say`Dieser Eintrag braucht einen ${code('"name"')}, und ${code('"prompt"')} und ${code('"negative_prompt"')} müssen Text sein.`,
  style_import_yaml: ({ line }) =>
    line === undefined
      ? say`Die Datei ist kein gültiges YAML. Importiert wurde nichts.`
      : say`Die Datei ist in Zeile ${line} kein gültiges YAML: Prüf dort Einrückung und Anführungszeichen. Importiert wurde nichts.`,
  style_import_yaml_twice: ({ line }) =>
    line === undefined
      ? say`Ein Schlüssel der YAML-Datei steht zweimal da: Behalte einen davon. Importiert wurde nichts.`
      : say`In Zeile ${line} steht ein Schlüssel der YAML-Datei zum zweiten Mal: Behalte einen davon. Importiert wurde nichts.`,
  style_import_name_missing: () => say`Dieser Stil hat keinen Namen: Schreib einen vor seine Vorlage.`,
  style_import_duplicate: ({ name, unit, first }) =>
    say`${code(name)} steht schon in ${unit === 'line' ? 'Zeile' : 'Eintrag'} ${first}, und der erste gilt: Gib diesem einen anderen Namen.`,
  style_key_unknown: ({ key, allowed, suggestion }) =>
    suggestion === undefined
      ? say`${code(key)} ist nicht bekannt: Möglich sind dort ${allOf(allowed)}.`
      : say`${code(key)} ist nicht bekannt: Meintest du ${code(suggestion)}? Möglich sind dort ${allOf(allowed)}.`,
  style_value_invalid: ({ key, field }) => say`${code(key)} fehlt oder stimmt nicht, erlaubt: ${allowedAt(field, 'de')}.`,
};
