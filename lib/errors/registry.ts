export interface ErrorDefinition {
  /** What it means, for docs/errors.md. */
  meaning: string;
  /** What to do, for docs/errors.md and as the default hint. */
  remedy: string;
  /** HTTP status where the API answers with it. */
  status: number;
  /** Kubernetes Status reason. */
  reason: string;
  /** Whether the same call may succeed later with nothing changed by a person. */
  retry: boolean;
}

const define = (meaning: string, remedy: string, status: number, reason: string, retry = false): ErrorDefinition => ({
  meaning,
  remedy,
  status,
  reason,
  retry,
});

/** Every error that a user can meet. docs/errors.md lists the same codes; a test keeps them in step. */
export const ERRORS = {
  DSW_STORE_CONFLICT: define('The object changed since it was read.', 'Read it again and repeat the change.', 409, 'Conflict', true),
  DSW_STORE_UNAVAILABLE: define(
    'The state directory cannot be written.',
    'Free disk space or mend the permissions of the --state directory.',
    503,
    'ServiceUnavailable',
    true,
  ),
  DSW_STORE_LOCKED: define(
    'Another controller uses the state directory.',
    'Stop it, or give this one a --state directory of its own.',
    500,
    'InternalError',
  ),
  DSW_STORE_EXPIRED: define(
    'The revision asked for is too far back.',
    'List again and watch from the revision of the list.',
    410,
    'Expired',
  ),
  DSW_DOCKER_NOT_FOUND: define(
    'The engine knows no such container or image.',
    'Nothing, if it was removed by hand: the controller replaces it. For an image: check its name, and that the host can pull it.',
    404,
    'NotFound',
  ),
  DSW_DOCKER_CONFLICT: define(
    'The name is in use, or the container is in a state that forbids the call.',
    'Nothing, if the container is ours: the controller reads again. Else rename or remove the foreign container.',
    409,
    'Conflict',
  ),
  DSW_DOCKER_REFUSED: define(
    'The engine refused the call.',
    "Read the engine's message; mend the spec or the host.",
    502,
    'BadGateway',
    true,
  ),
  DSW_DOCKER_TIMEOUT: define(
    'The engine did not answer in time.',
    'Check the load and the log of the Docker engine on the host.',
    504,
    'Timeout',
    true,
  ),
  DSW_HOST_UNREACHABLE: define(
    'The host cannot be reached.',
    'Check that it is up, its address, its sshd and the network between.',
    503,
    'ServiceUnavailable',
    true,
  ),
  // Manifests and their admission.
  DSW_MANIFEST_SYNTAX: define(
    'The file is not readable as YAML or JSON.',
    'Mend the text at the place named; the last good version of the file stays in force.',
    400,
    'BadRequest',
  ),
  DSW_MANIFEST_EMPTY: define(
    'The file holds no object.',
    'Write a manifest into it, or delete the file to delete what it held; until then its last good version stays in force.',
    400,
    'BadRequest',
  ),
  DSW_MANIFEST_LIMIT: define(
    'The manifest is larger, deeper or more numerous than allowed.',
    'Split the file, or keep large data out of manifests.',
    413,
    'RequestEntityTooLarge',
  ),
  DSW_MANIFEST_KIND: define(
    'The apiVersion or kind is unknown, or not one that users write.',
    'Use apiVersion dswarm/v1 and kind Service, Node or Network.',
    400,
    'BadRequest',
  ),
  DSW_MANIFEST_UNKNOWN_FIELD: define(
    'The manifest has a field that its kind does not know.',
    'Correct the name or remove the field; docs/spec lists the fields of each kind.',
    422,
    'Invalid',
  ),
  DSW_MANIFEST_INVALID: define(
    "A field's value is wrong in itself or together with another.",
    'Give the field a value as expected.',
    422,
    'Invalid',
  ),
  DSW_MANIFEST_UNSUPPORTED: define(
    'The manifest asks for something that is not supported yet, and that must not be ignored silently.',
    'Remove the field, or give it its default.',
    422,
    'Invalid',
  ),
  DSW_MANIFEST_IMMUTABLE: define(
    'The field cannot change on an existing object.',
    'Delete the object and create it anew, or give it another name.',
    422,
    'Invalid',
  ),
  DSW_MANIFEST_DUPLICATE: define(
    'The same object is defined more than once.',
    'Keep one definition and remove the others; until then the last good version stays in force.',
    409,
    'Conflict',
  ),
  DSW_MANIFEST_EDIT: define(
    'A change cannot be written into the file that owns the object.',
    'Make the change in the file by hand.',
    409,
    'Conflict',
  ),
  DSW_ADMISSION_DENIED: define(
    'The admission policy forbids what the manifest asks for.',
    'Remove the field, or start the controller with --admission privileged.',
    403,
    'Forbidden',
  ),
  // The watched directory.
  DSW_SOURCE_REFUSED: define(
    'A file in the watched directory is not read: a link out of it, a device, a pipe, too large.',
    'Put a regular file of at most 1 MiB inside the directory in its place, or remove it.',
    400,
    'BadRequest',
  ),
  DSW_SOURCE_UNREADABLE: define(
    'A file or folder in the watched directory cannot be read.',
    'Mend its permissions; what it last said stays in force.',
    500,
    'InternalError',
    true,
  ),
  DSW_SOURCE_WRITE: define(
    'A file of the watched directory cannot be written.',
    'Mend the permissions of the directory, or make the change in the file by hand.',
    500,
    'InternalError',
  ),
  DSW_SOURCE_CONFIRM: define(
    'There is nothing that waits for this confirmation.',
    'Look at "dswarm get sources -o yaml"; the token names exactly the deletions that it lists.',
    409,
    'Conflict',
  ),
  // The command line and its connection to the controller.
  DSW_CLI_USAGE: define('The command was written wrongly.', 'See "dswarm COMMAND --help".', 400, 'BadRequest'),
  DSW_CLI_CONFIRM: define(
    'The command needs a yes, and there is no terminal to ask on.',
    'Repeat it with --yes once you know what it does.',
    400,
    'BadRequest',
  ),
  DSW_CLI_TIMEOUT: define(
    'What was waited for did not happen in time.',
    'See what is missing with "dswarm describe"; --timeout waits longer.',
    504,
    'Timeout',
    true,
  ),
  DSW_CONTROLLER_NOT_RUNNING: define(
    'No controller answers at the address.',
    'Start it with "dswarm controller --manifests DIR", or name its socket with --socket (or DSWARM_SOCKET).',
    503,
    'ServiceUnavailable',
    true,
  ),
  DSW_CONTROLLER_DENIED: define(
    "You may not use the controller's socket.",
    'Run the command as the user that started the controller.',
    403,
    'Forbidden',
  ),
  DSW_CONTROLLER_GONE: define(
    'The controller ended the connection, or stopped.',
    'See that it runs, then repeat the command.',
    503,
    'ServiceUnavailable',
    true,
  ),
  // Hosts: SSH and the engine behind it.
  DSW_SSH_HOST_KEY_UNKNOWN: define(
    'The host shows a key that is neither pinned nor in known_hosts.',
    'Compare its fingerprint with "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" on the host, then pin it in spec.ssh.hostKey or add it to known_hosts ("dswarm node add" does both).',
    502,
    'BadGateway',
  ),
  DSW_SSH_HOST_KEY_CHANGED: define(
    'The host shows another key than the one pinned or known. It was reinstalled, or somebody stands between.',
    'Find out why. Only if the change is right: put the new key into spec.ssh.hostKey or known_hosts. Until then nothing is sent to the host.',
    502,
    'BadGateway',
  ),
  DSW_SSH_HOST_KEY_REVOKED: define(
    'The host shows a key that known_hosts marks as @revoked.',
    'Give the host a new key, and pin it.',
    502,
    'BadGateway',
  ),
  DSW_SSH_HOST_KEY_INVALID: define(
    'The pinned host key cannot be read.',
    'Write it as in a public key file: type and base64, such as "ssh-ed25519 AAAA...".',
    422,
    'Invalid',
  ),
  DSW_SSH_AUTH_FAILED: define(
    'The host refused all keys offered for the user.',
    "Add the public key to the user's ~/.ssh/authorized_keys on the host, or correct spec.ssh.user or spec.ssh.identityFile.",
    502,
    'BadGateway',
    true,
  ),
  DSW_SSH_NO_KEY: define(
    'There is no private key to log in with.',
    'Start ssh-agent and add a key (SSH_AUTH_SOCK), name one in spec.ssh.identityFile, or make one with ssh-keygen.',
    502,
    'BadGateway',
    true,
  ),
  DSW_SSH_KEY_UNREADABLE: define(
    'The private key file cannot be used.',
    'Check its path, that the controller may read it, and that it is an OpenSSH private key.',
    502,
    'BadGateway',
    true,
  ),
  DSW_SSH_KEY_ENCRYPTED: define(
    'The private key has a passphrase, and no agent holds it.',
    'Add it to the agent that SSH_AUTH_SOCK names: "ssh-add FILE".',
    502,
    'BadGateway',
    true,
  ),
  DSW_SSH_JUMP_INVALID: define(
    'The proxyJump names no host that can be used.',
    'Name another Node that has spec.ssh, or write [user@]host[:port]; a chain must not lead back to itself.',
    422,
    'Invalid',
  ),
  DSW_SSH_FORWARDING_FORBIDDEN: define(
    'The sshd of the host forbids forwarding to unix sockets.',
    'Set "AllowStreamLocalForwarding yes" (or "local") and no "DisableForwarding yes" in /etc/ssh/sshd_config, no "restrict" without "port-forwarding" in authorized_keys; then reload sshd.',
    502,
    'BadGateway',
    true,
  ),
  DSW_DOCKER_SOCKET_DENIED: define(
    "The user may not use the engine's socket.",
    'On the host: "usermod -aG docker USER" (which makes the user as mighty as root), or log in as root.',
    502,
    'BadGateway',
    true,
  ),
  DSW_PLANE_REJECTED: define(
    'A node refused the files of its data plane; what it had before stays in force.',
    'Read the words of the tool that refused: a table changed by hand, or a kernel without what the rules need.',
    502,
    'BadGateway',
    true,
  ),
  DSW_PLANE_FAILED: define(
    "A node's data plane does not run or does not answer as it should.",
    'Read the log of its containers: docker logs dswarm-plane, docker logs dswarm-mesh.',
    502,
    'BadGateway',
    true,
  ),
  DSW_DOCKER_NOT_RUNNING: define(
    'No Docker engine answers at the socket.',
    'Install Docker on the host, start it ("systemctl start docker"), or correct spec.docker.socket.',
    502,
    'BadGateway',
    true,
  ),
  DSW_ENGINE_TOO_OLD: define('The Docker engine is too old.', 'Upgrade it to 19.03 or later (Engine API 1.40).', 502, 'BadGateway'),
  DSW_ENGINE_TOO_NEW: define('The Docker engine no longer speaks the API that dswarm knows.', 'Upgrade dswarm.', 502, 'BadGateway'),
  // Applying a plan.
  DSW_NAME_CONFLICT: define(
    'A container that is not ours has the name that a task needs, or is not the task it was taken for. It is left alone.',
    'Rename or remove that container, or rename the service.',
    409,
    'Conflict',
    true,
  ),
  DSW_TASK_NO_CONTAINER: define(
    'The task has no container yet, or none any more.',
    'Wait until it is Running: `dswarm get tasks -w`.',
    409,
    'Conflict',
    true,
  ),
  DSW_IMAGE_MISSING: define(
    'The image is not on the host, and must not be pulled.',
    'Load it there (docker load), or set pullPolicy to IfNotPresent.',
    409,
    'Conflict',
    true,
  ),
  // The HTTP API.
  DSW_PATCH_INVALID: define('The patch does not apply to the object.', 'Read the object again and correct the patch.', 422, 'Invalid'),
  DSW_API_BAD_REQUEST: define(
    'The request is not one that the API understands.',
    'Correct the request as the message says.',
    400,
    'BadRequest',
  ),
  DSW_API_READ_ONLY: define(
    'Objects of this kind are made by the controller; users may read them only.',
    'Change the object that it belongs to: the Service of a Task, the Node of a host.',
    405,
    'MethodNotAllowed',
  ),
  DSW_API_MEDIA_TYPE: define(
    'The API does not take content of this type.',
    'Send JSON or YAML; patch with merge-patch+json, json-patch+json or apply-patch+yaml (kubectl patch --type=merge).',
    415,
    'UnsupportedMediaType',
  ),
  DSW_API_TOO_LARGE: define(
    'The request is larger than the API takes.',
    'Split it; keep large data out of manifests.',
    413,
    'RequestEntityTooLarge',
  ),
  DSW_API_UNAUTHORIZED: define(
    'The request brings no valid token.',
    "Use the kubeconfig that 'dswarm kubeconfig' writes, or send 'Authorization: Bearer TOKEN'.",
    401,
    'Unauthorized',
  ),
  DSW_API_BUSY: define('Too many requests or watches are open.', 'Close some, or try again later.', 429, 'TooManyRequests', true),
  DSW_API_UNSUPPORTED: define(
    'This controller was started without what the request needs.',
    'See the message for what is missing.',
    501,
    'NotImplemented',
  ),
  DSW_API_SOCKET_IN_USE: define(
    'Another process listens on the API socket or port.',
    'Stop it, or give this controller another --socket.',
    500,
    'InternalError',
  ),
  DSW_API_LISTEN: define(
    'The API cannot listen at the address.',
    'Give an address that exists here and may be used; TCP is for loopback addresses only.',
    500,
    'InternalError',
  ),
  DSW_NETWORK_SUBNET: define(
    'The subnet is none that networks can use.',
    'Give a private IPv4 subnet of /16 or larger, such as 10.210.0.0/16, with no bits set beyond its prefix.',
    422,
    'Invalid',
  ),
  DSW_NETWORK_RENDER: define(
    'A value does not fit into the rules of a node, and was not written there.',
    'Report it: admission should have refused the value.',
    500,
    'InternalError',
  ),
  DSW_NETWORK_EXHAUSTED: define(
    'No address of the kind is left.',
    'Remove networks, nodes or services that are no longer needed, or give the network a larger subnet.',
    507,
    'InsufficientStorage',
  ),
} as const satisfies Record<string, ErrorDefinition>;
