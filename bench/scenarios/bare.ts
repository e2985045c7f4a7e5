import type { Engines } from '../engines.ts';

/** Milliseconds that the bare engine needs to create and start one container, without anybody between. */
export async function measureBare(engines: Engines, image: string): Promise<number> {
  const [host] = engines.hosts;
  if (host === undefined) throw new Error('the lab has no host');
  const since = performance.now();
  const container = await engines.client(host).createContainer({ Image: image, Labels: { bench: 'bare' } });
  await container.start();
  const [start] = await engines.starts('bench=bare', 1, since);
  await container.remove({ force: true });
  return (start?.at ?? Number.NaN) - since;
}
