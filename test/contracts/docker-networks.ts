import { expect } from 'chai';
import { classifyFailure } from '../../lib/plan/step-failure.ts';
import type { Docker } from '../../lib/ports/docker.ts';
import type { ObservedNetwork } from '../../lib/types/observation.ts';
import { LABEL, type ContractTools } from './docker.ts';

/** What an engine does with networks. */
export function networkContract(tools: ContractTools): void {
  const network = (name: string, third: number): Parameters<Docker['createNetwork']>[0] => ({
    name,
    labels: { [LABEL]: name },
    subnet: `10.251.${third}.0/24`,
    range: `10.251.${third}.128/25`,
    gateway: `10.251.${third}.1`,
    options: {
      'com.docker.network.bridge.name': `dswc${third}`,
      'com.docker.network.bridge.enable_ip_masquerade': 'false',
    },
  });

  it('makes a network once, tells of it, and removes it', async () => {
    const { docker, hasInterface } = tools.world();
    const { id } = await docker.createNetwork(network('contract-one', 1));
    await tools.refusal(docker.createNetwork(network('contract-one', 2)), 'DSW_DOCKER_CONFLICT');
    await tools.refusal(docker.createNetwork(network('contract-two', 1)), 'DSW_DOCKER_REFUSED');
    const seen = (await docker.inspectNetwork('contract-one')) as ObservedNetwork;
    const asked = { id, name: 'contract-one', driver: 'bridge', subnet: '10.251.1.0/24', range: '10.251.1.128/25', gateway: '10.251.1.1' };
    expect(seen).to.include(asked);
    expect(seen.labels).to.deep.equal({ [LABEL]: 'contract-one' });
    expect(seen.options).to.include({
      'com.docker.network.bridge.name': 'dswc1',
      'com.docker.network.bridge.enable_ip_masquerade': 'false',
    });
    expect(await hasInterface?.('dswc1'), 'its bridge has the name that was asked for').to.not.equal(false);
    expect((await docker.listNetworks({ labels: [`${LABEL}=contract-one`] })).map(({ name }) => name)).to.deep.equal(['contract-one']);
    expect(await docker.listNetworks({ labels: [`${LABEL}=other`] })).to.deep.equal([]);
    await docker.removeNetwork(id);
    await docker.removeNetwork(id);
    expect(await hasInterface?.('dswc1')).to.not.equal(true);
    expect(await docker.inspectNetwork('contract-one')).to.equal(undefined);
  });

  it('puts a container into several networks with the addresses it asks for, and tells them while it runs', async () => {
    const { docker } = tools.world();
    await docker.createNetwork(network('contract-one', 1));
    await docker.createNetwork(network('contract-two', 2));
    const HostConfig = { RestartPolicy: { Name: 'no' as const }, NetworkMode: 'contract-one' };
    const EndpointsConfig = { 'contract-one': { IPAMConfig: { IPv4Address: '10.251.1.77' } } };
    const id = await tools.create(tools.config({ HostConfig, NetworkingConfig: { EndpointsConfig } }));
    await docker.connectNetwork('contract-two', id, { IPAMConfig: { IPv4Address: '10.251.2.78' } });
    await docker.connectNetwork('contract-two', id, {});
    expect((await tools.inspect(id)).networks).to.deep.equal({ 'contract-one': '', 'contract-two': '' });
    await docker.startContainer(id);
    const addresses = { 'contract-one': '10.251.1.77', 'contract-two': '10.251.2.78' };
    expect((await tools.inspect(id)).networks).to.deep.equal(addresses);
    expect((await docker.listContainers({ ids: [id] }))[0]?.networks).to.deep.equal(addresses);
    const one = (await docker.inspectNetwork('contract-one')) as ObservedNetwork;
    expect(one.addresses).to.deep.equal(['10.251.1.77']);
    const [listed] = await docker.listNetworks({ labels: [`${LABEL}=contract-one`] });
    expect(listed, 'a list does not tell').to.not.have.property('addresses');
    await tools.refusal(docker.removeNetwork(one.id), 'DSW_DOCKER_REFUSED');
    await docker.stopContainer(id, 0);
    await docker.startContainer(id);
    expect((await tools.inspect(id)).networks, 'kept over a restart').to.deep.equal(addresses);
  });

  it('does not start a container whose address another has, and says so in words of its own', async () => {
    const { docker } = tools.world();
    await docker.createNetwork(network('contract-one', 1));
    const HostConfig = { RestartPolicy: { Name: 'no' as const }, NetworkMode: 'contract-one' };
    const EndpointsConfig = { 'contract-one': { IPAMConfig: { IPv4Address: '10.251.1.77' } } };
    const given = tools.config({ HostConfig, NetworkingConfig: { EndpointsConfig } });
    await docker.startContainer(await tools.create(given));
    const error = await tools.refusal(docker.startContainer(await tools.create(given, 'contract-b')), 'DSW_DOCKER_REFUSED');
    expect(classifyFailure({ op: 'start', code: 'DSW_DOCKER_REFUSED', message: error.message })).to.deep.equal({
      reason: 'AddressConflict',
      reach: 'task',
    });
  });

  it('does not start a container in a network that is not there', async () => {
    const HostConfig = { RestartPolicy: { Name: 'no' as const }, NetworkMode: 'contract-none' };
    const { docker } = tools.world();
    const made = docker.createContainer('contract-b', tools.config({ HostConfig })).then(({ id }) => docker.startContainer(id));
    await tools.refusal(made, 'DSW_DOCKER_NOT_FOUND');
  });
}
