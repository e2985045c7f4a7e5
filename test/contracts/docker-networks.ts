import { expect } from 'chai';
import type { Docker } from '../../lib/ports/docker.ts';
import type { ObservedNetwork } from '../../lib/types/observation.ts';
import { LABEL, type ContractTools } from './docker.ts';

/** What an engine does with networks. */
export function networkContract(tools: ContractTools): void {
  const network = (name: string, third: number): Parameters<Docker['createNetwork']>[0] => ({
    name,
    labels: { [LABEL]: name },
    subnet: `10.251.${third}.0/24`,
    gateway: `10.251.${third}.1`,
    options: {
      'com.tools.world().docker.network.bridge.name': `dswc${third}`,
      'com.tools.world().docker.network.bridge.enable_ip_masquerade': 'false',
    },
  });

  it('makes a network once, tells of it, and removes it', async () => {
    const { id } = await tools.world().docker.createNetwork(network('contract-one', 1));
    await tools.refusal(tools.world().docker.createNetwork(network('contract-one', 2)), 'DSW_DOCKER_CONFLICT');
    await tools.refusal(tools.world().docker.createNetwork(network('contract-two', 1)), 'DSW_DOCKER_REFUSED');
    const seen = (await tools.world().docker.inspectNetwork('contract-one')) as ObservedNetwork;
    const asked = { id, name: 'contract-one', driver: 'bridge', subnet: '10.251.1.0/24', gateway: '10.251.1.1' };
    expect(seen).to.include(asked);
    expect(seen.labels).to.deep.equal({ [LABEL]: 'contract-one' });
    expect(seen.options).to.include({ 'com.tools.world().docker.network.bridge.name': 'dswc1' });
    expect((await tools.world().docker.listNetworks({ labels: [`${LABEL}=contract-one`] })).map(({ name }) => name)).to.deep.equal([
      'contract-one',
    ]);
    expect(await tools.world().docker.listNetworks({ labels: [`${LABEL}=other`] })).to.deep.equal([]);
    await tools.world().docker.removeNetwork(id);
    await tools.world().docker.removeNetwork(id);
    expect(await tools.world().docker.inspectNetwork('contract-one')).to.equal(undefined);
  });

  it('puts a container into several networks with the addresses it asks for, and tells them while it runs', async () => {
    await tools.world().docker.createNetwork(network('contract-one', 1));
    await tools.world().docker.createNetwork(network('contract-two', 2));
    const HostConfig = { RestartPolicy: { Name: 'no' as const }, NetworkMode: 'contract-one' };
    const EndpointsConfig = { 'contract-one': { Aliases: ['web'], IPAMConfig: { IPv4Address: '10.251.1.77' } } };
    const id = await tools.create(tools.config({ HostConfig, NetworkingConfig: { EndpointsConfig } }));
    await tools.world().docker.connectNetwork('contract-two', id, { Aliases: ['web'], IPAMConfig: { IPv4Address: '10.251.2.78' } });
    await tools.world().docker.connectNetwork('contract-two', id, {});
    expect((await tools.inspect(id)).networks).to.deep.equal({ 'contract-one': '', 'contract-two': '' });
    await tools.world().docker.startContainer(id);
    const addresses = { 'contract-one': '10.251.1.77', 'contract-two': '10.251.2.78' };
    expect((await tools.inspect(id)).networks).to.deep.equal(addresses);
    expect((await tools.world().docker.listContainers({ ids: [id] }))[0]?.networks).to.deep.equal(addresses);
    const one = (await tools.world().docker.inspectNetwork('contract-one')) as ObservedNetwork;
    await tools.refusal(tools.world().docker.removeNetwork(one.id), 'DSW_DOCKER_REFUSED');
    await tools.world().docker.stopContainer(id, 0);
    await tools.world().docker.startContainer(id);
    expect((await tools.inspect(id)).networks, 'kept over a restart').to.deep.equal(addresses);
  });

  it('does not start a container in a network that is not there', async () => {
    const HostConfig = { RestartPolicy: { Name: 'no' as const }, NetworkMode: 'contract-none' };
    const made = tools
      .world()
      .docker.createContainer('contract-b', tools.config({ HostConfig }))
      .then(({ id: other }) => tools.world().docker.startContainer(other));
    await tools.refusal(made, 'DSW_DOCKER_NOT_FOUND');
  });
}
