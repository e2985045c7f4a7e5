import { fault, type Fault } from './fault.ts';

const ONE_CONTROLLER = 'There is one controller, and no election: its state directory is locked by the one process that uses it (row 82).';

export const CONTROLLER_FAULTS: readonly Fault[] = [
  fault(80, 'A crash after each change of a rollout, a scaling, a deletion', 'Ends right; no duplicate, no leftover'),
  fault(81, 'A crash in a rollout, and a newer manifest at the restart', 'The newest wins; what surged is cleared away'),
  fault(82, 'Two controllers on one state directory', 'The second refuses'),
  fault(83, 'A controller paused for a minute, then resumed in the middle of a write', 'It acts on nothing old', ONE_CONTROLLER),
  fault(
    84,
    'etcd is partitioned, full, slow, compacted',
    'Read-only until it is back',
    'State is embedded (lmdb); there is no etcd. A full or read-only state directory is row 95.',
  ),
  fault(85, 'State restored from an old backup', 'Everything is listed again; no mass deletion'),
  fault(86, 'A pass that throws, never ends, or is always rejected', 'Isolated, with backoff; others are unaffected'),
  fault(87, 'An rxjs stream that fails', 'Subscribed again'),
  fault(88, 'A pass cancelled in the middle of a create', 'No container is lost'),
  fault(89, '10,000 objects changed at once', 'The queue is bounded by keys; everything is reconciled'),
  fault(90, 'A cache older than one’s own write', 'What is under way is remembered until a list has told'),
  fault(
    91,
    'A rollback of a rollback, pause and resume, deleted in a rollout, deleted and made again',
    'Told apart by uid; the end is exact',
  ),
  fault(92, 'A new version that never gets ready', 'Paused or rolled back at progressDeadline; enough old tasks serve throughout'),
  fault(93, 'SIGTERM with many calls under way', 'Ends within 10 s; nothing is half done'),
  fault(94, 'Little memory and many containers', 'Stays up'),
  fault(95, 'The state directory is full or read-only', 'Changes are refused, and that is said'),
  fault(96, 'Floods of API clients, slow ones, many watchers', 'Limits; reconciling is unaffected'),
  fault(
    97,
    'A secret changed while a container starts',
    'One version of it',
    'Secrets are not supported yet: a Service that names one is refused (DSW_MANIFEST_UNSUPPORTED).',
  ),
  fault(98, 'A node removed from the manifests while tasks run there', 'Drained or refused; what is left is listed'),
  fault(99, 'An upgrade of dswarm and back, with workloads', 'Nothing restarts'),
];
