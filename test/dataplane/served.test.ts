import { expect } from 'chai';
import type { ServedService } from '../../lib/dataplane/model.ts';
import { changedServices, movesOf } from '../../lib/dataplane/served.ts';

const service = (name: string, tasks: readonly string[]): ServedService => ({
  namespace: 'default',
  name,
  networks: [],
  ports: [],
  tasks: tasks.map((task) => ({ name: task, slot: '1', node: 'h1', addresses: {} })),
});

describe('what came into what is served, and what left it', () => {
  const [api, web] = [service('api', ['api.1.a']), service('web', ['web.1.a'])];
  const moves = (before: readonly ServedService[], after: readonly ServedService[]): { come: string[]; gone: string[] } => {
    const { come, gone } = movesOf(changedServices(before, after));
    return { come: come.map(({ key }) => key), gone: gone.map(({ key }) => key) };
  };

  it('is none of a service that merely stands elsewhere, since one was made or deleted before it', () => {
    expect(moves([web], [api, web])).to.deep.equal({ come: ['default/api.1.a'], gone: [] });
    expect(moves([api, web], [web])).to.deep.equal({ come: [], gone: ['default/api.1.a'] });
  });

  it('is the tasks of a service that is another object, as far as the other one has them not', () => {
    const next = service('web', ['web.1.a', 'web.2.b']);
    expect(moves([api, web], [api, next])).to.deep.equal({ come: ['default/web.2.b'], gone: [] });
    expect(moves([next, api], [web, api])).to.deep.equal({ come: [], gone: ['default/web.2.b'] });
  });
});
