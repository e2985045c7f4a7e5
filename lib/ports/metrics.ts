export type MetricLabels = Readonly<Record<string, string>>;

/** Where numbers go. Names and labels are declared once, in lib/telemetry/definitions.ts. */
export interface Metrics {
  count(name: string, labels?: MetricLabels, by?: number): void;
  set(name: string, value: number, labels?: MetricLabels): void;
  /** Durations in seconds. */
  observe(name: string, value: number, labels?: MetricLabels): void;
}

export const noMetrics: Metrics = { count: () => undefined, set: () => undefined, observe: () => undefined };
