/**
 * Traffic out of a network namespace, as a program: what curl cannot do.
 *   serve tcp|udp PORT NAME             answers each connection or packet with `NAME CLIENT`
 *   ask tcp|udp HOST PORT COUNT [FROM]  asks COUNT times (udp: by one socket, bound to the port FROM), prints the answers, one a line
 *   hear PORT                           prints who sends packets of UDP
 *   tell HOST PORT FROM                 sends three packets from an address
 *   flood PORT                          sends as much as each connection takes
 *   drain HOST PORT MS                  takes it, and prints MiB/s
 *   time HOST PORT COUNT                prints the median of so many connections with an answer each, in microseconds
 *   dns SERVER NAME [TYPE]              prints `RCODE ADDRESS...`
 *   hold HOST PORT                      opens a connection and sends a line for each line of its input, and prints what comes back;
 *                                       ends with the connection
 */
import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const LIMIT = 2000;
const [command = '', first = '', second = '', third = '', fourth = '0'] = process.argv.slice(2);

function serveUdp(port: number, name: string): void {
  const socket = createSocket('udp4', (_data, from) => socket.send(`${name} ${from.address}`, from.port, from.address));
  socket.bind(port, () => process.stdout.write('ready\n'));
}

function serveTcp(port: number, name: string): void {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => socket.write(`${name} ${socket.remoteAddress ?? ''}\n`));
  });
  server.listen(port, '0.0.0.0', () => process.stdout.write('ready\n'));
}

async function askUdp(host: string, port: number, count: number, from: number): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(from, resolve));
  // Only a connected socket is told of refusals.
  await new Promise<void>((resolve) => socket.connect(port, host, resolve));
  for (let index = 0; index < count; index += 1) process.stdout.write(`${await askOnce(socket)}\n`);
  socket.close();
}

function askOnce(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('silence'), LIMIT);
    const settle = (answer: string): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      resolve(answer);
    };
    socket.once('message', (data) => settle(data.toString()));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    socket.send('?', (error) => {
      if (error !== null) settle((error as NodeJS.ErrnoException).code ?? error.message);
    });
  });
}

async function askTcp(host: string, port: number, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) process.stdout.write(`${await askByTcp(host, port)}\n`);
}

function askByTcp(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: LIMIT }, () => socket.write('?'));
    const settle = (answer: string): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => settle(data.toString().trim()));
    socket.once('timeout', () => settle('silence'));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  });
}

function hold(host: string, port: number): void {
  const socket = connect({ host, port }, () => process.stdout.write('open\n'));
  socket.on('data', (data) => process.stdout.write(data));
  socket.on('error', (error: NodeJS.ErrnoException) => process.stdout.write(`${error.code ?? error.message}\n`));
  socket.on('close', () => process.exit(1));
  createInterface({ input: process.stdin }).on('line', () => socket.write('?'));
}

function hear(port: number): void {
  const socket = createSocket('udp4', (_data, from) => process.stdout.write(`${from.address}\n`));
  socket.bind(port, () => process.stdout.write('ready\n'));
}

async function tell(host: string, port: number, from: string): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, from, resolve));
  for (let index = 0; index < 3; index += 1) await new Promise((resolve) => socket.send('!', port, host, resolve));
  socket.close();
}

function flood(port: number): void {
  const data = Buffer.alloc(65_536);
  const server = createServer((socket) => {
    const fill = (): void => {
      while (socket.writable && socket.write(data));
    };
    socket.on('drain', fill);
    socket.on('error', () => socket.destroy());
    fill();
  });
  server.listen(port, '0.0.0.0', () => process.stdout.write('ready\n'));
}

function drain(host: string, port: number, ms: number): void {
  let bytes = 0;
  const socket = connect({ host, port }, () => {
    const begun = performance.now();
    setTimeout(() => {
      process.stdout.write(`${String(bytes / 1_048_576 / ((performance.now() - begun) / 1000))}\n`);
      socket.destroy();
    }, ms);
  });
  socket.on('data', (data) => (bytes += data.length));
}

async function time(host: string, port: number, count: number): Promise<void> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const begun = performance.now();
    const answer = await askByTcp(host, port);
    times.push((performance.now() - begun) * 1000);
    if (answer === 'silence' || /^E[A-Z]+$/.test(answer)) throw new Error(`${host}:${String(port)} gave no answer: ${answer}`);
  }
  times.sort((a, b) => a - b);
  process.stdout.write(`${String(times[Math.floor(count / 2)])}\n`);
}

async function ask(server: string, name: string, type: string): Promise<void> {
  const resolver = new Resolver({ timeout: LIMIT, tries: 1 });
  resolver.setServers([server]);
  const answer = await (type === 'AAAA' ? resolver.resolve6(name) : resolver.resolve4(name)).then(
    (addresses) => ['NOERROR', ...addresses.sort()],
    (error: NodeJS.ErrnoException) => [error.code ?? error.message],
  );
  process.stdout.write(`${answer.join(' ')}\n`);
}

// What runs on ends with its input: whoever started it may have been killed.
if (['serve', 'flood', 'hear', 'hold'].includes(command)) {
  process.stdin.resume();
  process.stdin.once('end', () => process.exit(0));
}
if (command === 'serve' && first === 'udp') serveUdp(Number(second), third);
if (command === 'serve' && first === 'tcp') serveTcp(Number(second), third);
if (command === 'ask' && first === 'udp') await askUdp(second, Number(third), Number(fourth), Number(process.argv[7] ?? 0));
if (command === 'ask' && first === 'tcp') await askTcp(second, Number(third), Number(fourth));
if (command === 'flood') flood(Number(first));
if (command === 'drain') drain(first, Number(second), Number(third));
if (command === 'time') await time(first, Number(second), Number(third));
if (command === 'hear') hear(Number(first));
if (command === 'tell') await tell(first, Number(second), third);
if (command === 'dns') await ask(first, second, third || 'A');
if (command === 'hold') hold(first, Number(second));
