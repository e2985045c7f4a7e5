import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { METRICS } from '../../lib/telemetry/definitions.ts';
import { createMetrics } from '../../lib/telemetry/metrics.ts';

describe('Metrics', () => {
  it('render counts, values and durations with their labels', async () => {
    const metrics = createMetrics();
    metrics.count('workqueue_adds_total', { name: 'service' });
    metrics.count('workqueue_adds_total', { name: 'service' }, 2);
    metrics.set('dswarm_host_state', 1, { host: 'h1', state: 'Ready' });
    metrics.observe('controller_runtime_reconcile_time_seconds', 0.02, { controller: 'service' });
    const text = await metrics.render();
    expect(text).to.contain('workqueue_adds_total{name="service"} 3');
    expect(text).to.contain('dswarm_host_state{host="h1",state="Ready"} 1');
    expect(text).to.contain('controller_runtime_reconcile_time_seconds_bucket{le="0.025",controller="service"} 1');
    expect(text).to.contain('controller_runtime_reconcile_time_seconds_bucket{le="0.01",controller="service"} 0');
  });

  it('throw for a name, a type or a label that is not declared', () => {
    const metrics = createMetrics();
    expect(() => metrics.count('dswarm_typo_total')).to.throw('dswarm_typo_total');
    expect(() => metrics.set('workqueue_adds_total', 1)).to.throw('gauge workqueue_adds_total');
    expect(() => metrics.count('workqueue_adds_total', { nmae: 'x' })).to.throw('nmae');
  });

  it('of the process itself include the event loop lag', async () => {
    expect(await createMetrics({ process: true }).render()).to.contain('nodejs_eventloop_lag_p99_seconds');
  });

  it('follow the naming conventions of Prometheus', () => {
    for (const [name, { type, help }] of Object.entries(METRICS)) {
      expect(name.endsWith('_total'), name).to.equal(type === 'counter');
      if (type === 'histogram') expect(name).to.match(/_seconds$/);
      expect(help, name).to.match(/^[A-Z0-9].*\.$/);
    }
  });
});

describe('every metric there is', () => {
  it('is set somewhere: the list promises nothing that is not kept', () => {
    const folders = ['lib', 'controllers'].map((folder) => fileURLToPath(new URL(`../../${folder}`, import.meta.url)));
    const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)));
    const sources = files
      .filter((file) => file.endsWith('.ts') && !file.endsWith('definitions.ts'))
      .map((file) => readFileSync(file, 'utf8'));
    const unused = Object.keys(METRICS).filter((name) => !sources.some((source) => source.includes(`'${name}'`)));
    expect(unused).to.deep.equal([]);
  });
});
