import { UserId } from '@matrix-org/matrix-sdk-crypto-wasm';

/**
 * Ids for one call of the binding, which takes them away from us, without those that it refuses: whoever writes membership events
 * decides what stands in them, and an id that is none can neither read nor write.
 */
export const usersOf = (ids: Iterable<string>): UserId[] =>
  [...ids].flatMap((id) => {
    try {
      return [new UserId(id)];
    } catch {
      return [];
    }
  });
