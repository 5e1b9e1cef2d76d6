/** `Größe`, `GRÖSSE`, `grösse` and `groesse` as one: lower case, German letters as keyboards without them write them. */
export const plainLetters = (typed: string): string =>
  typed.toLowerCase().normalize('NFC').replaceAll('ä', 'ae').replaceAll('ö', 'oe').replaceAll('ü', 'ue').replaceAll('ß', 'ss');
