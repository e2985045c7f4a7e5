import { ratio, summarize, type Summary } from './stats.ts';

/** One measured value of one round. */
export interface Sample {
  scenario: string;
  /** Who: dswarm, swarm or engine. */
  contender: string;
  /** ms, MB or %. */
  unit: string;
  value: number;
}

export interface Row {
  scenario: string;
  unit: string;
  dswarm: Summary | undefined;
  peer: { name: string; summary: Summary } | undefined;
  ratio: number | undefined;
  /** Medians: dswarm less its peer. */
  difference: number | undefined;
}

/** Scenarios in the order in which they first appear. */
export function toRows(samples: readonly Sample[]): Row[] {
  return [...new Set(samples.map((sample) => sample.scenario))].map((scenario) =>
    toRow(samples.filter((each) => each.scenario === scenario)),
  );
}

function toRow(samples: readonly Sample[]): Row {
  const valuesOf = (name: string): number[] => samples.filter((sample) => sample.contender === name).map((sample) => sample.value);
  const ours = valuesOf('dswarm');
  const peerName = samples.find((sample) => sample.contender !== 'dswarm')?.contender;
  const dswarm = ours.length === 0 ? undefined : summarize(ours);
  const peer = peerName === undefined ? undefined : { name: peerName, summary: summarize(valuesOf(peerName)) };
  return {
    scenario: samples[0]?.scenario ?? '',
    unit: samples[0]?.unit ?? '',
    dswarm,
    peer,
    ratio: dswarm === undefined ? undefined : ratio(dswarm.median, peer?.summary.median),
    difference: dswarm === undefined || peer === undefined ? undefined : dswarm.median - peer.summary.median,
  };
}

const round = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1));
const show = (summary: Summary | undefined): string =>
  summary === undefined ? '-' : `${round(summary.median)} (${round(summary.min)}-${round(summary.max)})`;

export function renderTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.scenario,
    row.unit,
    show(row.dswarm),
    row.peer === undefined ? '-' : `${row.peer.name} ${show(row.peer.summary)}`,
    row.ratio === undefined ? '-' : row.ratio.toFixed(2),
    row.difference === undefined ? '-' : `${row.difference < 0 ? '' : '+'}${round(row.difference)}`,
  ]);
  const table = [['SCENARIO', 'UNIT', 'DSWARM median (min-max)', 'PEER median (min-max)', 'RATIO', 'DIFFERENCE'], ...cells];
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}
