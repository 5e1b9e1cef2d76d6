/** For finding words in any case, also ÄÖÜ, which SQLite's own `lower` leaves as they are. */
export const folded = (text: string): string => text.normalize('NFC').toLowerCase();
