import type { RawObject } from '../common/raw.ts';

export const isOwnEvent = (event: RawObject, ownUserId: string): boolean => event['sender'] === ownUserId;
