import { expect } from 'chai';
import type { EngineEvent } from '../../lib/ports/docker.ts';
import type { ContractTools } from './docker.ts';

const NAMED = `contract-data-${process.pid}`;

/** What an engine does with volumes. */
export function volumeContract(tools: ContractTools): void {
  const list = (): Promise<string[]> => tools.world().docker.listVolumes();

  it('makes the volumes that a container mounts, lists and tells them, and removes with it only those without a name', async () => {
    const { docker, until } = tools.world();
    const stop = new AbortController();
    const seen: EngineEvent[] = [];
    await tools.follow(seen, stop.signal);
    const before = await list();
    expect(before).to.not.include(NAMED);
    const { HostConfig } = tools.config();
    const Mounts = [
      { Type: 'volume' as const, Source: NAMED, Target: '/data' },
      { Type: 'volume' as const, Target: '/scratch' },
    ];
    const id = await tools.create(tools.config({ HostConfig: { ...HostConfig, Mounts } }));
    const made = (await list()).filter((name) => !before.includes(name)).sort();
    expect(made).to.have.length(2);
    expect(made).to.include(NAMED);
    expect(made.find((name) => name !== NAMED)).to.match(/^[0-9a-f]{64}$/);
    await docker.removeContainer(id, { force: true });
    expect((await list()).filter((name) => !before.includes(name))).to.deep.equal([NAMED]);
    await docker.removeVolume(NAMED);
    await docker.removeVolume(NAMED);
    expect(await list()).to.not.include(NAMED);
    const told = (): string[] => seen.filter((event) => event.type === 'volume' && event.id === NAMED).map(({ action }) => action);
    await until(() => Promise.resolve(told().length >= 2));
    stop.abort();
    expect(told()).to.deep.equal(['create', 'destroy']);
  });
}
