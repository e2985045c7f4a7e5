import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { createApi } from '../api/app.ts';
import type { ManifestFiles } from '../api/deps.ts';
import { createEventRecorder } from '../api/event-recorder.ts';
import { listenApi, type Listening } from '../api/listen.ts';
import { systemClock } from '../io/clock.ts';
import { createDirectory } from '../io/files/directory.ts';
import { createHosts } from '../io/hosts.ts';
import { systemIds } from '../io/ids.ts';
import { openLmdbStore } from '../io/store/lmdb.ts';
import type { Policy } from '../manifest/policy.ts';
import type { Log } from '../ports/log.ts';
import { createLog, type LogLevel } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import manifest from '../../package.json' with { type: 'json' };
import { createDirectoryController, type DirectoryController } from '../../controllers/directory.ts';
import { Manager } from '../../controllers/manager.ts';
import type { ControllerOptions } from '../../controllers/options.ts';
import { previewChanges } from '../../controllers/preview.ts';
import { createTaskStreams } from '../../controllers/streams.ts';
import { openPlanes } from './open-planes.ts';

/** Containers of one cluster carry its name; with one controller a cluster there is one. */
const CLUSTER = 'default';
/** Concurrent container starts of one host: docs/adr/0013 says why. */
const STARTS_PER_HOST = 4;

/** The long-running controller: opens everything, runs until SIGTERM or SIGINT, closes everything. What runs on the hosts goes on. */
export async function runController(options: ControllerOptions): Promise<void> {
  const stopAsked = onSignal();
  const controller = await startController(options);
  const signal = await stopAsked;
  controller.log.info({ signal }, 'stopping; what runs on the hosts goes on');
  await controller.stop();
}

export interface RunningController {
  log: Log;
  manager: Manager;
  listening: Listening;
  stop(): Promise<void>;
}

export async function startController(options: ControllerOptions): Promise<RunningController> {
  const log = createLog({ level: options.logLevel as LogLevel });
  const metrics = createMetrics({ process: true });
  const store = openLmdbStore(options.state);
  const base = { store, clock: systemClock, ids: systemIds, log, metrics };
  const events = createEventRecorder(base);
  const hosts = createHosts({ ...base, home: homedir(), env: process.env });
  const plane = await openPlanes(options.dataPlane, systemClock);
  if ('why' in plane) log.warn({ why: plane.why }, 'there is no data plane: containers are on the bridges of their engines');
  else log.info({ version: plane.version }, 'the data plane is on');
  const policy: Policy = { level: options.admission, allowedBindPrefixes: options.allowBind, dataPlane: 'planes' in plane };
  const manager = new Manager({
    ...base,
    ...('why' in plane ? { noPlane: plane.why } : { planes: plane.planes }),
    hosts,
    events,
    clusterName: CLUSTER,
    policy,
    resyncMs: options.resyncSeconds * 1000,
    startsPerHost: STARTS_PER_HOST,
    ...(options.taskHistoryLimit === undefined ? {} : { taskHistoryLimit: options.taskHistoryLimit }),
  });
  const directory = openDirectory(options, { ...base, events, policy });
  const api = createApi({
    ...base,
    policy,
    version: manifest.version,
    notReady: () => notReady(manager, directory),
    ...(directory === undefined ? {} : { files: manifestFiles(directory) }),
    streams: createTaskStreams(manager.cluster),
    ...(manager.plane === undefined ? {} : { checkNetwork: () => manager.plane?.check() ?? Promise.resolve([]) }),
    preview: (changes) =>
      previewChanges(
        {
          store,
          index: manager.index,
          cluster: manager.cluster,
          nodes: manager.nodes,
          clusterName: CLUSTER,
          now: systemClock.now(),
          dataPlane: manager.plane !== undefined,
        },
        changes,
      ),
  });
  const stop = async (listening?: Listening): Promise<void> => {
    await listening?.close();
    await directory?.stop();
    await manager.stop();
    await events.close();
    await store.close();
  };
  try {
    const listening = await listenApi(api, listenOptions(options));
    await directory?.start();
    manager.start();
    log.info(
      { socket: listening.socket, url: listening.url, manifests: options.manifests, state: options.state, version: manifest.version },
      'controller started',
    );
    return { log, manager, listening, stop: () => stop(listening) };
  } catch (error) {
    await stop();
    throw error;
  }
}

type DirectoryParts = Omit<Parameters<typeof createDirectoryController>[0], 'files'>;

function openDirectory(options: ControllerOptions, parts: DirectoryParts): DirectoryController | undefined {
  if (options.manifests === undefined) return undefined;
  return createDirectoryController({ ...parts, files: createDirectory({ root: options.manifests, clock: parts.clock, log: parts.log }) });
}

function manifestFiles(directory: DirectoryController): ManifestFiles {
  return {
    write: (before, after) => directory.write(before, after),
    create: (object) => directory.create(object),
    remove: (object) => directory.remove(object),
    confirm: (_source, token) => directory.confirm(token),
  };
}

function notReady(manager: Manager, directory: DirectoryController | undefined): string | undefined {
  if (directory !== undefined && !directory.isSynced) return 'the watched directory has not been read yet';
  const waiting = manager.cluster.names().filter((name) => manager.cluster.observation(name)?.tried !== true);
  return waiting.length === 0 ? undefined : `still connecting to ${waiting.sort().join(', ')}`;
}

function listenOptions(options: ControllerOptions): Parameters<typeof listenApi>[1] {
  const { listen, tokenFile, socket } = options;
  mkdirSync(path.dirname(socket), { recursive: true });
  if (listen === undefined || tokenFile === undefined) return { socket };
  const colon = listen.lastIndexOf(':');
  return {
    socket,
    tcp: { host: listen.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(listen.slice(colon + 1)), token: readToken(tokenFile) },
  };
}

/** Made on first use, readable by its owner only. */
function readToken(file: string): string {
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  return readFileSync(file, 'utf8').trim();
}

function onSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}
