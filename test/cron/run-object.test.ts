import { expect } from 'chai';
import { makeRun, readRun, type RunInput } from '../../lib/cron/run-object.ts';
import { NO_OTHERS } from '../../lib/manifest/beside.ts';
import { BASELINE } from '../../lib/manifest/policy.ts';
import { cronJob } from '../controllers/cron-world.ts';
import { service } from '../controllers/harness.ts';
import { job } from '../controllers/job-world.ts';

const TIME = Date.parse('2026-01-01T00:05:00Z');

const inputOf = (more: Partial<RunInput> = {}): RunInput => ({
  cronJob: cronJob(),
  ...{ name: 'tick-1', time: TIME, policy: BASELINE, others: NO_OTHERS, uid: 'u', now: TIME + 1_000 },
  ...more,
});

describe('the service of a run', () => {
  it('is the template, with a name, and with annotations that tell its CronJob and its time', () => {
    const template = { metadata: { labels: { app: 'a' }, annotations: { note: 'n' } }, spec: job({ replicas: 2 }).spec };
    const made = makeRun(inputOf({ cronJob: cronJob({ serviceTemplate: template }) }));
    if (!('service' in made)) throw new Error(made.refused);
    expect(made.service.spec).to.deep.equal(template.spec);
    expect(made.service.metadata).to.deep.equal({
      ...{ name: 'tick-1', namespace: 'default', uid: 'u', generation: 1, resourceVersion: '0', labels: { app: 'a' } },
      creationTimestamp: '2026-01-01T00:05:01Z',
      annotations: {
        note: 'n',
        'dswarm/cron-job': 'tick',
        'dswarm/cron-job-uid': 'uid-tick',
        'dswarm/scheduled-at': '2026-01-01T00:05:00Z',
      },
    });
    expect(readRun(made.service)).to.deep.equal({ name: 'tick-1', time: TIME, state: 'active' });
  });

  it('is refused where another service has its port (invariant 17)', () => {
    const ports = [{ target: 80, published: 8080, protocol: 'tcp' as const, mode: 'ingress' as const }];
    const input = inputOf({
      cronJob: cronJob({ serviceTemplate: { spec: job({ ports }).spec } }),
      policy: { ...BASELINE, dataPlane: true },
    });
    expect(makeRun(input)).to.have.property('service');
    const taken = makeRun({ ...input, others: { ...NO_OTHERS, services: [service('web', { ports })] } });
    expect(taken).to.have.property('refused').that.includes("port '8080' is already in use");
  });

  it('counts as ended once its status is about its spec', () => {
    const run = job({}, 'tick-1');
    const states = [undefined, 'Running', 'Complete', 'Failed'].map((state) =>
      readRun({ ...run, status: { observedGeneration: 1, ...(state === undefined ? {} : { state }) } }),
    );
    expect(states.map(({ state }) => state)).to.deep.equal(['active', 'active', 'complete', 'failed']);
    expect(readRun({ ...run, status: { observedGeneration: 0, state: 'Complete' } }).state).to.equal('active');
  });
});
