import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { FakeIds } from '../fakes/ids.ts';

const ONE_WAY_MS = 175;
const LOSS = 0.05;
/** What a loss costs over TCP: its timer, doubled with each loss of the same packet. */
const RETRANSMIT_MS = 550;

export interface LossyWay {
  port: number;
  /** How often something was lost. */
  losses(): number;
  close(): void;
}

/** A way to a host with a round trip of 350 ms and 5 % loss, as TCP shows them: late, in order, and what follows a loss waits for it. */
export async function startLossyWay(target: { host: string; port: number }, seed = 1): Promise<LossyWay> {
  const ids = new FakeIds(seed);
  let losses = 0;
  const sockets = new Set<Socket>();
  const forward = (from: Socket, to: Socket): void => {
    let last = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
      let delay = ONE_WAY_MS;
      for (let timer = RETRANSMIT_MS; ids.random() < LOSS; timer *= 2) {
        delay += timer;
        losses += 1;
      }
      const arrived = new Promise((resolve) => setTimeout(resolve, delay));
      last = Promise.all([arrived, last]).then(() => void to.write(chunk));
    });
    from.on('close', () => to.destroy());
    from.on('error', () => to.destroy());
  };
  const server = createServer((near) => {
    const far = createConnection(target);
    for (const socket of [near, far]) sockets.add(socket.setNoDelay(true));
    forward(near, far);
    forward(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    losses: () => losses,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
