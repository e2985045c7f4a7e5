import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricLabels, Metrics } from '../ports/metrics.ts';
import { BUCKETS, METRICS, type MetricDefinition } from './definitions.ts';

export interface MetricsRegistry extends Metrics {
  /** In the text format of Prometheus. */
  render(): Promise<string>;
  readonly contentType: string;
}

export interface MetricsOptions {
  /** Metrics of the Node.js process as well: memory, CPU, event loop lag. */
  process?: boolean;
  definitions?: Readonly<Record<string, MetricDefinition>>;
}

/** A registry of all metrics in definitions.ts. A name or a label that stands not there is a bug, and thrown. */
export function createMetrics(options: MetricsOptions = {}): MetricsRegistry {
  const registry = new Registry();
  if (options.process === true) collectDefaultMetrics({ register: registry });
  const byType = { counter: new Map<string, Counter>(), gauge: new Map<string, Gauge>(), histogram: new Map<string, Histogram>() };
  for (const [name, definition] of Object.entries<MetricDefinition>(options.definitions ?? METRICS)) {
    const common = { name, help: definition.help, labelNames: [...definition.labels], registers: [registry] };
    if (definition.type === 'counter') byType.counter.set(name, new Counter(common));
    else if (definition.type === 'gauge') byType.gauge.set(name, new Gauge(common));
    else byType.histogram.set(name, new Histogram({ ...common, buckets: BUCKETS }));
  }
  return {
    count: (name, labels = {}, by = 1) => find(byType.counter, name, 'counter').inc(plain(labels), by),
    set: (name, value, labels = {}) => find(byType.gauge, name, 'gauge').set(plain(labels), value),
    observe: (name, value, labels = {}) => find(byType.histogram, name, 'histogram').observe(plain(labels), value),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function find<T>(metrics: ReadonlyMap<string, T>, name: string, type: string): T {
  const metric = metrics.get(name);
  if (metric === undefined) throw new Error(`there is no ${type} ${name} in lib/telemetry/definitions.ts`);
  return metric;
}

function plain(labels: MetricLabels): Record<string, string> {
  return { ...labels };
}
