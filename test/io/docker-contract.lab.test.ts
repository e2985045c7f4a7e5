import { dockerContract } from '../contracts/docker.ts';
import { createLab, instanceName, labHosts } from '../lab/fixture.ts';
import { busyboxImage } from './busybox-image.ts';
import { readyLink, until } from './links.ts';

dockerContract('a real engine through a real sshd', async () => {
  const { hosts } = await labHosts(1);
  const lab = createLab(instanceName());
  const [host] = hosts;
  if (host === undefined) throw new Error('the lab has no host');
  const { link } = await readyLink(host);
  const { docker } = link;
  const image = await busyboxImage('127.0.0.1:5000/contract/busybox:1');
  const other = await busyboxImage('127.0.0.1:5000/contract/loaded:1');
  await docker.loadImage(image.tar());
  return {
    docker,
    image: image.reference,
    loadable: other,
    missing: '127.0.0.1:5000/none:1',
    until: (condition) => until(condition, 30_000),
    crash: async (id) => {
      // The shell takes signals only once it has set its traps, which is before it prints.
      await until(async () => (await readAll(docker.logs(id, { follow: false, timestamps: false }))) > 0, 10_000);
      const session = await docker.exec(id, { command: ['/bin/kill', '-USR1', '1'], tty: false, stdin: false });
      session.stream.resume();
    },
    hasInterface: async (name) => (await lab.attempt(['enter', String(host.index), 'ip', 'link', 'show', 'dev', name])).code === 0,
    printed: () => undefined,
    close: () => link.close(),
  };
});

async function readAll(stream: AsyncIterable<unknown>): Promise<number> {
  let chunks = 0;
  for await (const chunk of stream) chunks += chunk === undefined ? 0 : 1;
  return chunks;
}
