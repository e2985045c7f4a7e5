import { identityLabels } from '../../lib/plan/names.ts';
import { specHash } from '../../lib/plan/spec-hash.ts';
import { service } from '../controllers/harness.ts';
import type { FakeEngine } from '../fakes/docker.ts';
import { IMAGES } from './images.ts';

const NAMES = ['web', 'api'] as const;

/** Containers that are not ours: of another cluster that has services of the same names there, and of nobody. */
export async function settleNeighbours(engine: FakeEngine): Promise<void> {
  for (const name of NAMES) {
    const { spec, metadata } = service(name);
    const task = { service: name, serviceUid: metadata.uid, slot: '1', node: 'h1', containerName: '', specHash: specHash(spec), image: '' };
    const labels = identityLabels({ cluster: 'other', namespace: 'default', task: `${name}.1.zzzzzz`, spec: task });
    await run(engine, `other_${name}.1`, labels);
  }
  await run(engine, 'somebody', { 'dswarm/service': 'web', 'dswarm/slot': '1' });
}

async function run(engine: FakeEngine, name: string, Labels: Record<string, string>): Promise<void> {
  const { id } = await engine.createContainer(name, { Image: IMAGES[0], Labels, HostConfig: { RestartPolicy: { Name: 'always' } } });
  await engine.startContainer(id);
}
