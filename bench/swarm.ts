import type { LabHost } from '../test/lab/fixture.ts';
import type { Contender } from './contender.ts';
import type { Engines } from './engines.ts';

/** Docker Swarm on the same engines: the first host is the manager. Driven by the API, which is faster than its command line. */
export async function createSwarm(engines: Engines, image: string): Promise<Contender> {
  const [manager, ...workers] = engines.hosts;
  if (manager === undefined) throw new Error('the lab has no host');
  await joinAll(engines, manager, workers);
  const client = engines.client(manager);
  const create = async (service: string, replicas: number): Promise<void> => {
    await client.createService({
      Name: service,
      TaskTemplate: { ContainerSpec: { Image: image }, RestartPolicy: { Condition: 'any', Delay: 0 } },
      Mode: { Replicated: { Replicas: replicas } },
    });
  };
  return {
    name: 'swarm',
    create,
    remove: async (service) => {
      await client.getService(service).remove();
    },
    label: (service) => `com.docker.swarm.service.name=${service}`,
  };
}

async function joinAll(engines: Engines, manager: LabHost, workers: readonly LabHost[]): Promise<void> {
  const client = engines.client(manager);
  await client.swarmInit({ ListenAddr: `${manager.address}:2377`, AdvertiseAddr: manager.address });
  const { JoinTokens: tokens } = (await client.swarmInspect()) as { JoinTokens: { Worker: string } };
  const join = (host: LabHost): Promise<unknown> =>
    engines.client(host).swarmJoin({
      ListenAddr: `${host.address}:2377`,
      AdvertiseAddr: host.address,
      RemoteAddrs: [`${manager.address}:2377`],
      JoinToken: tokens.Worker,
    });
  await Promise.all(workers.map(join));
}
