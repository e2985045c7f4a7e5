/** One row of docs/faults.md: what can go wrong with manifests and their directory, and what is to happen. */
export interface Fault {
  number: number;
  input: string;
  expected: string;
  /** Why no test of its own cites the row yet: what it is about does not exist, or where else it is held. */
  reason?: string;
}

const fault = (number: number, input: string, expected: string, reason?: string): Fault => ({
  number,
  input,
  expected,
  ...(reason === undefined ? {} : { reason }),
});

export const FAULTS: readonly Fault[] = [
  fault(
    1,
    'Half-written YAML: the writer pauses in the middle of a file',
    'The last good objects stay; the file is an error until it is whole',
  ),
  fault(2, 'A file truncated to 0 bytes', 'Not a deletion: its last good objects stay'),
  fault(3, 'A save by atomic rename (unlink, then add)', 'One update, no deletion between'),
  fault(4, 'A `..data` symlink swap, as configuration mounts do it', 'One coherent update'),
  fault(5, 'A symlink that leads out of the directory', 'Refused; nothing of its content in logs or errors'),
  fault(6, 'A symlink loop, a dangling link, a FIFO, a device, a directory named x.yaml', 'Skipped with a reason; opening never blocks'),
  fault(7, 'The directory is deleted, unmounted or cannot be read', 'Nothing is deleted; the source is Unavailable'),
  fault(8, 'The directory becomes empty, or most of it goes, in one sync', 'Deletions pause until they are confirmed'),
  fault(9, 'A checkout that rewrites thousands of files many times', 'Coalesced; the end state is that of the files'),
  fault(10, 'The watcher overflows or loses an event', 'A periodic full rescan converges'),
  fault(11, 'The same object in two files', 'Both refused, the last good one stays, both paths named'),
  fault(12, 'A file is renamed, its objects are the same', 'Nothing restarts'),
  fault(13, 'Invalid UTF-8, UTF-16, NUL, tabs; BOM and CRLF', 'A clear error with its line; BOM and CRLF are accepted'),
  fault(14, 'Homoglyphs, right-to-left marks, zero-width characters in names', 'Refused'),
  fault(15, 'An alias bomb', 'Refused quickly and in little memory'),
  fault(16, 'Quadratic merge keys', 'Refused; nothing stalls'),
  fault(17, 'Nesting 100,000 deep', 'An error, no stack overflow'),
  fault(18, 'Duplicate keys', 'Refused'),
  fault(19, '`__proto__` and `constructor.prototype` keys', 'Refused; no prototype changes'),
  fault(20, 'A file of 100 MB, 10,000 documents, a label of 1 MB', 'Caps are hit before parsing'),
  fault(21, 'Custom tags such as `!!js/function`', 'Refused'),
  fault(
    22,
    'YAML 1.1 traps: `no`, `0123`, `1e3`, `12:30:45`, dates, integers above 2^53',
    'Typed as YAML 1.2 says; a schema error, never a silent conversion',
  ),
  fault(
    23,
    'A catastrophic pattern in a user-provided regular expression',
    'Refused or timed out',
    'No manifest field takes a regular expression; all patterns are those of schemas/.',
  ),
  fault(24, 'An unknown field or a typo (`replica: 3`)', 'Refused with a suggestion'),
  fault(25, 'replicas of -1, 1e9, NaN, "3", 2.5', 'A schema error'),
  fault(
    26,
    'A dependency cycle, or a reference to a missing Secret or Config',
    'Blocked, with the path of the cycle or reference',
    'Secrets, Configs and dependencies are not supported yet: a Service that names one is refused (DSW_MANIFEST_UNSUPPORTED).',
  ),
  fault(27, 'A change of an immutable field', 'Refused with an instruction; the old object keeps running'),
  fault(28, 'A valid manifest that no node can satisfy', 'Pending, with the reason and how many nodes it concerns'),
  fault(29, 'Shell metacharacters in every string field', 'Taken literally or refused; nothing is executed'),
  fault(
    30,
    'Privileged containers, binds of the engine socket, all capabilities, on create and on update',
    'Denied by the baseline policy, both',
  ),
  fault(31, 'Bind sources with `..`, `//`, `/proc/self/root`', 'Denied, unless below a prefix that --allow-bind names'),
  fault(32, 'Oversized env and labels, long names, upper-case images', 'Refused before the engine sees them'),
  fault(33, 'An old or unknown apiVersion', 'Refused; no field is dropped'),
];
