import type { IAsyncProperty, IProperty } from 'fast-check';

/** One door through which strangers' bytes come in, and what must hold whatever comes. */
export type FuzzTarget = {
  readonly name: string;
  readonly what: string;
  /** Cases of a nightly run, by default; together at least 100,000. */
  readonly nightly: number;
  /** Cases in `npm test`. */
  readonly bounded: number;
  readonly open: () => Promise<OpenTarget>;
};

type AnyProperty = IProperty<readonly unknown[]> | IAsyncProperty<readonly unknown[]>;

/** `close` gives back what the property needed, such as a database. */
export type OpenTarget = { readonly property: AnyProperty; readonly close?: () => Promise<void> };

/** The types of what a property generates matter to nobody who runs it. */
export const target = (property: unknown): AnyProperty => property as AnyProperty;
