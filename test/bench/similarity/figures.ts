/** Queries → the numbers that are told. */
import { modes, type Mode, type Query } from './measure.ts';
import { microAveragePrecision, recallAtPrecision, type Answer } from './scores.ts';
import { mildEdits, strengths, symmetries, transformations } from './transformations.ts';

export type ModeFigures = {
  readonly microAveragePrecision: number;
  readonly recallAtPrecision90: number;
  /** Of all queries with a match, as the program decides. */
  readonly recall: number;
  readonly mild: number;
  readonly symmetries: number;
  readonly crops: number;
  /** By transformation, in the order of strengths. */
  readonly byTransformation: ReadonlyMap<string, readonly number[]>;
  /** Queries without a match for which one was named, and copies of which another work was named. */
  readonly falseAlarms: number;
  /** Of these, pictures of the embedded model as it draws them for an ordinary prompt. */
  readonly falseAlarmsOnDrawings: number;
};

export type Figures = {
  readonly works: number;
  readonly copies: number;
  readonly strangers: number;
  readonly drawings: number;
  readonly byMode: Partial<Readonly<Record<Mode, ModeFigures>>>;
};

export const figuresOf = (queries: readonly Query[], works: number): Figures => {
  const copies = queries.filter(({ transformation }) => transformation !== undefined);
  const strangers = queries.filter(({ transformation }) => transformation === undefined);
  const drawings = strangers.filter(isOrdinary);
  const measured = modes.filter((mode) => queries.some(({ named }) => named[mode] !== undefined));
  return {
    works,
    copies: copies.length,
    strangers: strangers.length,
    drawings: drawings.length,
    byMode: Object.fromEntries(measured.map((mode) => [mode, ofMode(queries, copies, strangers, mode)])),
  };
};

/** As the embedded model draws them for an ordinary prompt. */
const isOrdinary = ({ kind, isEdited }: Query): boolean => kind === 'drawn' && !isEdited;

const ofMode = (queries: readonly Query[], copies: readonly Query[], strangers: readonly Query[], mode: Mode): ModeFigures => {
  const isFound = ({ named }: Query): boolean => named[mode]?.isRight === true && named[mode].closeness >= 0;
  const isFalseAlarm = ({ named }: Query): boolean => named[mode]?.isRight === false && named[mode].closeness >= 0;
  const recallOf = (chosen: readonly Query[]): number => chosen.filter(isFound).length / chosen.length;
  const of = (names: readonly string[]): readonly Query[] => copies.filter(({ transformation }) => names.includes(transformation ?? ''));
  const answers = queries.map(({ named }): Answer => ({ score: named[mode]?.closeness, isRight: named[mode]?.isRight === true }));
  return {
    microAveragePrecision: microAveragePrecision(answers, copies.length),
    recallAtPrecision90: recallAtPrecision(answers, copies.length, 0.9),
    recall: recallOf(copies),
    mild: recallOf(of(mildEdits)),
    symmetries: recallOf(of(symmetries)),
    crops: recallOf(of(['crop'])),
    byTransformation: new Map(
      transformations.map(({ name }) => [
        name,
        strengths.map((strength) => recallOf(of([name]).filter((query) => query.strength === strength))),
      ]),
    ),
    falseAlarms: queries.filter(isFalseAlarm).length,
    falseAlarmsOnDrawings: strangers.filter((query) => isOrdinary(query) && isFalseAlarm(query)).length,
  };
};
