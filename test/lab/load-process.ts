/**
 * A steady stream of requests, each on a connection of its own, until its input ends or the count is reached; then what became of them as one line of JSON.
 * usage: load-process URL RATE COUNT [RESOLVER]
 */
import { Resolver } from 'node:dns';
import http from 'node:http';
import type { LoadResult } from './load.ts';

const TIMEOUT_MS = 5_000;
const [url = '', rate = '100', count = '0', server] = process.argv.slice(2);
const limit = count === '0' ? Infinity : Number(count);
const result: LoadResult = { sent: 0, answers: {}, failures: [], slowestMs: 0 };
const state = { open: 0, isEnding: false };

const resolver = new Resolver({ timeout: 2_000, tries: 2 });
if (server !== undefined) resolver.setServers([server]);

const lookup: NonNullable<http.RequestOptions['lookup']> = (host, _options, done) => {
  resolver.resolve4(host, (error, addresses) => {
    // The type has no room for an address beside an error.
    if (error !== null) done(error, []);
    else
      done(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
  });
};

function send(): void {
  const begun = Date.now();
  result.sent += 1;
  state.open += 1;
  let isSettled = false;
  const settle = (error: string | undefined, answer = ''): void => {
    if (isSettled) return;
    isSettled = true;
    state.open -= 1;
    result.slowestMs = Math.max(result.slowestMs, Date.now() - begun);
    if (error === undefined) result.answers[answer] = (result.answers[answer] ?? 0) + 1;
    else result.failures.push({ at: begun, endedAt: Date.now(), error });
    if (state.isEnding && state.open === 0) end();
  };
  const request = http.get(url, { agent: false, timeout: TIMEOUT_MS, ...(server === undefined ? {} : { lookup }) }, (response) => {
    let body = '';
    response.on('data', (chunk: Buffer) => (body += chunk.toString()));
    response.on('error', (error) => settle(error.message));
    response.on('close', () =>
      settle(response.complete && response.statusCode === 200 ? undefined : `status ${String(response.statusCode)}`, body.trim()),
    );
  });
  request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
  request.on('error', (error) => settle(error.message));
}

function end(): void {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}

const began = performance.now();
const timer = setInterval(() => {
  const due = Math.min(limit, ((performance.now() - began) / 1000) * Number(rate));
  while (result.sent < due && state.open < 200) send();
  if (result.sent >= limit) stop();
}, 5);

function stop(): void {
  if (state.isEnding) return;
  state.isEnding = true;
  clearInterval(timer);
  if (state.open === 0) end();
}

process.stdin.on('end', stop).resume();
