import { expect } from 'chai';
import { ExternalChanges } from '../../controllers/external-changes.ts';
import type { TaskView } from '../../lib/plan/task-view.ts';
import { service } from './harness.ts';

const renamed: TaskView = {
  name: 'web.1.aaaaaa',
  namespace: 'default',
  phase: 'running',
  spec: {
    service: 'web',
    serviceUid: 'uid-web',
    slot: '1',
    node: 'h1',
    containerName: 'default_web.1.aaaaaa',
    specHash: 'v1:x',
    image: 'nginx:1.27',
  },
  container: { id: 'c1', name: 'mine', image: 'nginx:1.27', labels: {}, state: 'running', createdAt: 0 },
};

describe('what was told of containers', () => {
  for (const [what, left] of [
    ['its container is gone', service('web')],
    ['its service is gone', undefined],
  ] as const)
    it(`is known while they are there, and forgotten once ${what}`, () => {
      const told: string[] = [];
      const changes = new ExternalChanges({ emit: (_about, _type, _reason, message) => void told.push(message) });
      const key = 'Service/default/web';
      changes.tell(key, service('web'), [renamed]);
      changes.tell(key, service('web'), [renamed]);
      expect(told).to.have.length(1);
      changes.tell(key, left, []);
      // Ids do not come back; that this one is told of anew shows that nothing is kept of it.
      changes.tell(key, service('web'), [renamed]);
      expect(told).to.have.length(2);
    });
});
