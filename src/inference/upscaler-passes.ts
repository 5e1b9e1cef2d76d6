import type { GraphFactor } from './upscaler-folder.ts';

export type EnlargeFactor = 2 | 4 | 8;

/** One time through a graph, and what of it is taken back: by averaging 2×2 pixels where the graph enlarges by too much. */
export type Pass = { readonly graph: GraphFactor; readonly shrink: 1 | 2 };

/** How `factor` is reached with the graphs that there are; the passes multiply up to it. */
export function passesFor(factor: EnlargeFactor, graphs: Pick<ReadonlySet<GraphFactor>, 'has'>): readonly Pass[] {
  if (factor === 8) return [...passesFor(4, graphs), ...passesFor(2, graphs)];
  if (graphs.has(factor)) return [{ graph: factor, shrink: 1 }];
  if (factor === 2) return [{ graph: 4, shrink: 2 }];
  return [...passesFor(2, graphs), ...passesFor(2, graphs)];
}
