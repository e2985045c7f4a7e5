/** One case of docs/conformance.md: behaviour of Docker Swarm that its own tests pin down. */
export interface ConformanceCase {
  /** 12 stands for C012. */
  number: number;
  section: string;
  behaviour: string;
  /** Why it, or a part of it, cannot apply here, or what holds it otherwise. */
  reason?: string;
  /** What has to be there first. */
  later?: string;
}

type Row = readonly [number: number, behaviour: string, reason?: string | { later: string }];

const section = (name: string, rows: readonly Row[]): ConformanceCase[] =>
  rows.map(([number, behaviour, more]) => ({
    number,
    section: name,
    behaviour,
    ...(typeof more === 'string' ? { reason: more } : more),
  }));

const LIFE: readonly ConformanceCase[] = [
  ...section('Replicated services', [
    [1, 'A new service of 2 replicas gets 2 tasks with distinct slots'],
    [3, 'Scaled from 3 to 1: two tasks go, one is untouched'],
    [4, 'A container deleted by somebody else is replaced'],
    [5, 'A deleted service loses all its tasks'],
    [7, 'Scaling down takes tasks from the node that has most of the service'],
    [8, 'On such a node the lowest slot survives'],
    [9, 'Scaling down takes tasks that do not run first'],
    [11, 'At the start of the controller only the failed task is replaced, not the one that is starting'],
    [12, 'At the start of the controller a task on a lost node is replaced'],
    [13, 'A task that waits for its delay still starts, and not too early, when the controller restarts meanwhile'],
  ]),
  ...section('Drained and lost nodes, global services', [
    [15, 'Tasks leave lost and drained nodes; they stay on paused ones and on ones not known to be lost'],
    [16, 'A task recorded for a lost node does not stay its slot’s task'],
    [17, 'A paused node that is drained loses its tasks'],
    [19, 'With 2 replicas on 2 nodes and one drained, both run on the other'],
    [20, 'A node that is active again gets nothing back by itself, and new tasks when scaled up'],
    [21, 'A paused node keeps its tasks and gets no new ones'],
    [23, 'A new node gets its task of a global service'],
    [24, 'The task of a global service goes with its node'],
    [25, 'A drained node loses its global task, an update does not bring it back, active does'],
    [27, 'A lost node’s global task is not restarted by an update, and is there when the node is back'],
    [28, 'A second global service gets a task on every node'],
    [29, 'A deleted global service loses its tasks'],
    [31, 'A failed global task is replaced on its node; with restart none only when the spec changes'],
    [32, 'A rejected global task found at the start of the controller is replaced once'],
    [33, 'A failed global task found at the start of the controller is replaced once'],
    [35, 'Of two global services only the one that was updated, or that failed, is touched'],
    [36, 'A task of an unknown service found at the start is deleted'],
    [37, 'A task on a drained node found at the start is shut down'],
    [39, 'Restart attempts are counted over a restart of the controller; other specs and older than the window do not count'],
    [40, 'A node that gives no sign of life for three periods is Down'],
    [41, 'Reconnecting to a node is limited in rate'],
  ]),
  ...section('Restart policy', [
    [43, 'any: a failed task is replaced'],
    [44, 'any: a task that ended well is replaced, too'],
    [45, 'on-failure: a failed task is replaced'],
    [47, 'none: nothing is replaced; forceUpdate replaces one at a time'],
    [48, 'delay: the replacement is made ready at once and started not before the delay'],
    [49, 'maxAttempts 1: each slot is restarted once'],
    [51, 'maxAttempts 1 with a window: refused in the window, allowed after it'],
    [52, 'A replacement keeps its slot, or its node'],
    [53, 'A replacement for a drained node does not wait for the delay'],
  ]),
  ...section('Dirty check and updates', [
    [
      55,
      'A change of registry credentials alone restarts nothing',
      'A service carries no registry credentials: nothing of them is part of its spec.',
    ],
    [56, 'A change of placement alone restarts nothing that may stay where it is'],
    [57, 'A new image reaches all slots'],
    [59, 'A start-first update ends with as many tasks as before'],
    [
      60,
      'An update of credentials alone keeps every task',
      'A service carries no registry credentials: nothing of them is part of its spec.',
    ],
    [61, 'Slots whose tasks were shut down get new ones by an update'],
    [63, 'A paused update changes nothing'],
    [64, 'failureAction continue: all slots are updated, failing or not'],
    [65, 'stop-first: an old task that never stops does not hold up the new one for ever'],
    [67, 'failureAction rollback: above the ratio the update is rolled back'],
    [68, 'A rollback that fails pauses with failureAction pause'],
    [69, 'A rollback that fails completes with failureAction continue'],
    [71, 'A rollback asked for goes by the parallelism of rollback'],
    [72, 'start-first with a healthcheck: old tasks run until each batch of new ones is healthy'],
    [73, 'A bad image pauses the update after as many tries as the ratio allows, the rest run; undo restores'],
    [75, 'The mode and the name of a service cannot be changed'],
    [76, 'An update of a stale version is a conflict; one of an unknown object is not found'],
    [77, 'Networks of a service can be changed by an update'],
    [79, 'A restart policy with a negative delay or window is refused'],
    [80, 'A virtual address serves through a start-first update'],
    [81, 'Ports can be added to a service, and are free again when it is gone'],
    [83, 'Limits, secrets and configs of a running service can be changed', 'Services take no secrets and configs yet.'],
    [84, 'docker stop or kill of one of 9 containers: back to 9, the other 8 are the same'],
  ]),
  ...section('Health', [[85, 'A container that turns unhealthy is a failed task, and says so']]),
  ...section('The states of a task', [
    [87, 'A task is assigned, prepared, ready; it is prepared once'],
    [88, 'Preparing what is prepared already succeeds'],
    [89, 'A task that cannot be prepared is rejected, with the error'],
    [91, 'Exit code 1 is a failed task, with the code'],
    [92, 'A container that runs already is not started twice'],
    [93, 'A task no longer wanted is stopped once, and Shutdown'],
    [95, 'A task that has ended is not stopped'],
    [96, 'The state of a task never goes backwards'],
  ]),
  ...section('Task history', [
    [97, 'At the start, history within the limit stays, and what belongs to nothing goes'],
    [99, 'Scaled down: the record of a task goes, or becomes history, only once it has stopped'],
    [100, 'A removed service: all records go after their containers have stopped'],
    [101, 'A removed service: records of completed tasks go at once'],
    [
      103,
      'Reaping is batched',
      'Records are reaped in the commit of the pass that retires them: there is no timer, and no write of its own.',
    ],
    [104, 'Nothing is kept of a service that is gone; what exceeds the limit goes, oldest first'],
    [105, 'Limit 0: only tasks that have not ended stay'],
  ]),
];

const PLACING: readonly ConformanceCase[] = [
  ...section('Constraints', [
    [107, 'The syntax of constraints'],
    [108, 'Values match in full, without regard to case, and literally'],
    [109, 'node.hostname'],
    [111, 'node.id, exactly'],
    [112, 'node.role'],
    [113, 'node.platform.os and node.platform.arch'],
    [115, 'All constraints must hold; an unknown key matches no node'],
    [116, 'A task on a node that no longer meets its constraints leaves it'],
    [117, 'A change of role, or of the memory of a node, makes tasks leave'],
    [
      119,
      'A generic resource that vanishes makes tasks leave',
      'There are no generic resources: devices are asked for by name and passed to the engine.',
    ],
    [120, 'Finished tasks of jobs reserve nothing'],
  ]),
  ...section('Scheduler', [
    [121, 'The least loaded ready node; nodes that go and come'],
    [123, 'Spread over a label'],
    [124, 'Spread over two labels with unequal room'],
    [125, 'Scaling up an uneven spread ends, and evens it out'],
    [127, 'A node on which the service failed 5 times in 5 minutes comes last'],
    [128, 'That counts for one version of the spec'],
    [129, 'Reserved memory, and the words of the refusal'],
    [131, 'A task that ended frees what it reserved'],
    [132, 'Platforms of the image', 'What an image is made for is known once an engine has it; constraints on node.platform are C113.'],
    [133, 'A service deleted while its task cannot be placed is forgotten'],
    [135, 'Tasks no longer wanted are not placed'],
    [136, 'A task that cannot be placed gives way to that of a newer spec'],
    [137, 'A node that lacks a plugin is refused'],
    [139, 'maxReplicasPerNode, and the words of the refusal'],
    [140, 'What a task reserved is freed once'],
    [141, 'The counts of a spread stay consistent'],
  ]),
  ...section('Published ports', [
    [143, 'Two services cannot publish one port through the ingress'],
    [144, 'A port without a number gets one from 30000 on, and no conflict'],
    [145, 'tcp and udp do not conflict'],
    [147, 'A port published by host mode and one through the ingress conflict, whichever came first'],
    [
      148,
      'The ingress network cannot be attached; a duplicate name already exists',
      'There is no ingress network: every node answers published ports for itself.',
    ],
    [149, 'endpointMode dnsrr has no ingress ports; a port is published once in a service'],
    [151, 'A stored service with a conflicting port is not allocated until it is changed'],
    [152, 'A port set free can be used by another service'],
    [
      153,
      'A service that is no longer published, and then again, works',
      'There is no address of the ingress: published ports are answered by every node for itself.',
    ],
    [155, 'A restart gives the same ports'],
    [156, 'When ports count as allocated'],
    [157, 'A port once given stays while the spec asks for one'],
    [159, 'When a change of ports needs new containers'],
    [160, 'No address is given twice, after a restart neither'],
    [161, 'A network goes only after its last task'],
    [163, 'One port published twice in a service is one port, or an error'],
    [
      164,
      'The ingress network: removable when unused, only one, needed for publishing',
      'There is no ingress network: every node answers published ports for itself.',
    ],
  ]),
];

const SECRETS = { later: 'secrets and configs' };

const TEMPLATES: readonly ConformanceCase[] = section('Secrets, configs, templates', [
  [165, 'A secret or config has at least a byte, less than the limit, and a valid name', SECRETS],
  [167, 'The data of a secret or config cannot be changed, its labels can', SECRETS],
  [168, 'One that services use is not removed, and they are named', SECRETS],
  [169, 'A service that refers to one that does not exist, or to two at one place, is refused', SECRETS],
  [171, 'Mode and owner of its file are as asked for', SECRETS],
  [172, 'A node is sent only what its tasks use, and what none of them uses any more goes', SECRETS],
  [173, 'Placeholders of service, task and node are filled in; a bad one is an error'],
  [175, 'Placeholders within secrets and configs', SECRETS],
]);

const JOBS: readonly ConformanceCase[] = section('Jobs', [
  [176, 'A new replicated job runs maxConcurrent tasks in slots of their own, of its first iteration'],
  [177, 'Only as many are added as maxConcurrent leaves room for; completed slots are not run again'],
  [179, 'Near the end no more are made than are missing'],
  [180, 'An update takes the old iteration’s tasks away and runs the new one'],
  [181, 'A global job runs once on each node that may take it'],
  [183, 'An error in one job does not hold up another'],
  [184, 'The iteration is 0 at first, and one more with each update; the last execution is told'],
  [185, 'A job with an update or rollback configuration is refused'],
]);

const STACKS = { later: 'stacks, made from compose files' };
const ONE_CONTROLLER = 'There is one controller, and no quorum: what it stores can be made anew from manifests and hosts.';

const SHAPE: readonly ConformanceCase[] = [
  ...section('The shape of API and command line', [
    [187, 'How many tasks run, should run and have completed, also while scaling down and in a new iteration'],
    [188, 'The words of lists of services, and their order'],
    [189, 'Published ports are listed as ranges, sorted'],
    [
      191,
      'An update resolves the image anew only where the image changed',
      'Images are not resolved to digests: engines pull as pullPolicy says, and the controller asks no registry.',
    ],
    [192, 'A stack is removed in order, with all errors told', STACKS],
    [193, 'The restart of a compose file is translated', STACKS],
    [
      195,
      'A healthcheck cannot be both disabled and set; changes of it are merged',
      'No command changes a single field of a healthcheck: its manifest has it whole, or a patch says what to merge.',
    ],
    [196, 'A name is used once; a service made and removed again and again frees its network'],
    [
      197,
      'Logs: of one task or all, followed, from the end, since a time, of a terminal, of a container that is gone',
      'There is no --details: a task’s labels and environment are in its object.',
    ],
    [
      199,
      'Lists are filtered by label, mode, role, name and id',
      'Names and ids by their beginning are for dswarm ps; lists take the selectors of kubectl.',
    ],
    [200, 'A registry that refuses is no matter where the image is; elsewhere the task is Rejected with the words of the pull'],
  ]),
  ...section('Several managers', [
    [201, 'A demotion that would lose the quorum is refused', ONE_CONTROLLER],
    [
      203,
      'Join tokens and unlock keys are renewed one at a time',
      'Nodes do not join: they are reached over SSH with keys of their own. There is nothing to unlock.',
    ],
    [204, 'The loss of the leader, and of the quorum', ONE_CONTROLLER],
    [205, 'A write of a version that is past fails, one of the current version passes'],
  ]),
];

/** Numbered as in the collection of cases that the project was given; the numbers have gaps. */
export const CONFORMANCE: readonly ConformanceCase[] = [...LIFE, ...PLACING, ...TEMPLATES, ...JOBS, ...SHAPE];
