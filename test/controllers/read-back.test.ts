import { expect } from 'chai';
import { DswarmError } from '../../lib/errors/error.ts';
import type { Docker } from '../../lib/ports/docker.ts';
import type { Hosts } from '../../lib/ports/hosts.ts';
import type { FakeHosts } from '../fakes/hosts.ts';
import { intercept, withDocker, type Overrides } from '../fakes/intercept.ts';
import { service, World } from './harness.ts';

/** The same hosts, with failures at the engines. */
function failing(overrides: Overrides): (hosts: FakeHosts) => Hosts {
  return (hosts) => withDocker(hosts, (docker) => intercept(docker, overrides));
}

const late = new DswarmError('DSW_DOCKER_TIMEOUT', 'the answer took too long');

describe('reading a host after a change', () => {
  it('is tried until it succeeds: a service deleted meanwhile leaves no container behind (invariant 8)', async () => {
    const lists = { broken: false };
    const wrap = failing({ listContainers: { fail: 'before', error: late, when: () => lists.broken } });
    const world = await World.create({ nodes: 1, wrap });
    lists.broken = true;
    await world.apply(service('web'));
    await world.settle(2_000);
    expect(world.running()).to.have.length(1);
    await world.delete('Service', 'web', 'default');
    await world.settle(20_000);
    lists.broken = false;
    await world.settle(20_000);
    expect(world.containers()).to.deep.equal([]);
    expect(world.tasks('web')).to.deep.equal([]);
    await world.expectQuiet();
  });

  it('clears away a container that was created only after its service had been deleted (invariant 8)', async () => {
    const applied: (() => Promise<unknown>)[] = [];
    const slow = (hosts: FakeHosts): Hosts =>
      withDocker(hosts, (docker) => {
        const createContainer: Docker['createContainer'] = (name, config) => {
          applied.push(() => docker.createContainer(name, config));
          return Promise.reject(late);
        };
        return { ...docker, createContainer };
      });
    const world = await World.create({ nodes: 1, wrap: slow });
    await world.apply(service('web'));
    await world.settle(200);
    await world.delete('Service', 'web', 'default');
    await world.settle();
    expect(world.tasks('web')).to.deep.equal([]);
    await applied[0]?.();
    expect(world.containers('created')).to.have.length(1);
    await world.settle();
    expect(world.containers()).to.deep.equal([]);
    await world.expectQuiet();
  });

  it('ends with the node: one that is removed while a change of it fails holds up nothing (invariant 15)', async () => {
    const answers: (() => void)[] = [];
    const createContainer = (): Promise<never> => new Promise((_resolve, reject) => answers.push(() => reject(late)));
    const hold = (hosts: FakeHosts): Hosts =>
      withDocker(hosts, (docker, node) => (node === 'h1' ? { ...docker, createContainer } : docker));
    const world = await World.create({ nodes: 2, wrap: hold });
    await world.apply(service('web', { replicas: 2 }));
    await world.settle(1_000);
    expect(answers).to.have.length(1);
    await world.delete('Node', 'h1');
    await world.settle(1_000);
    for (const answer of answers) answer();
    await world.settle(5_000);
    expect(world.running()).to.have.length(2);
    expect(world.service('web').status?.state).to.equal('Ready');
  });
});
