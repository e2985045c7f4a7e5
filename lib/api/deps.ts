import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Store } from '../ports/store.ts';
import type { TaskStreams } from '../ports/streams.ts';
import type { Policy } from '../manifest/policy.ts';
import type { Admitted, StoredManifest } from '../types/objects.ts';

export type { StoredManifest };

/** Objects that a file owns are changed in that file; each call resolves once the store has what the file says. */
export interface ManifestFiles {
  write(before: StoredManifest, after: Admitted): Promise<void>;
  /** Makes a new file for a new object. */
  create(object: Admitted): Promise<void>;
  remove(object: StoredManifest): Promise<void>;
  /** Lets a source go on with deletions that wait for a yes. */
  confirm(source: string, token: string): Promise<void>;
}

/** One step that a change would cause, as the plan prints it. */
export interface PreviewStep {
  text: string;
  node?: string;
}

export interface PreviewChange {
  action: 'create' | 'configure' | 'unchanged' | 'delete';
  object: StoredManifest;
}

export interface ApiDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  log: Log;
  metrics: Metrics & { render(): Promise<string>; readonly contentType: string };
  policy: Policy;
  /** Of dswarm itself, for /version. */
  version: string;
  /** Why the controller is not ready yet; undefined: it is. */
  notReady?: () => string | undefined;
  files?: ManifestFiles;
  streams?: TaskStreams;
  /** The steps that these objects, were they stored, would cause. */
  preview?: (changes: readonly PreviewChange[]) => PreviewStep[] | Promise<PreviewStep[]>;
  /** Tries out the data plane on every node. Absent: there is none. */
  checkNetwork?: () => Promise<NetworkCheck[]>;
  limits?: Partial<ApiLimits>;
}

/** One thing that a node tried out. */
export interface NetworkCheck {
  from: string;
  to: string;
  /** tunnel, names, address (a service's virtual one) or port (a published one). */
  what: string;
  subject: string;
  /** Absent: all is well. */
  problem?: string;
}

export interface ApiLimits {
  /** Bytes of a request's body; Kubernetes takes 3 MiB. */
  body: number;
  /** Watches and log streams open at a time. */
  streams: number;
  /** Bytes a slow reader of a stream may lag behind before it is dropped. */
  backlog: number;
}

export const DEFAULT_LIMITS: ApiLimits = { body: 3 * 1024 * 1024, streams: 1000, backlog: 8 * 1024 * 1024 };
