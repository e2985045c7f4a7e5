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
  DSW_STORE_UNAVAILABLE: define('The state directory cannot be written.', 'Free disk space or mend the permissions of the --state directory.', 503, 'ServiceUnavailable', true),
  DSW_STORE_LOCKED: define('Another controller uses the state directory.', 'Stop it, or give this one a --state directory of its own.', 500, 'InternalError'),
  DSW_STORE_EXPIRED: define('The revision asked for is too far back.', 'List again and watch from the revision of the list.', 410, 'Expired'),
  DSW_DOCKER_NOT_FOUND: define('The engine knows no such container or image.', 'Nothing, if it was removed by hand: the controller replaces it. For an image: check its name, and that the host can pull it.', 404, 'NotFound'),
  DSW_DOCKER_CONFLICT: define('The name is in use, or the container is in a state that forbids the call.', 'Nothing, if the container is ours: the controller reads again. Else rename or remove the foreign container.', 409, 'Conflict'),
  DSW_DOCKER_REFUSED: define('The engine refused the call.', "Read the engine's message; mend the spec or the host.", 502, 'BadGateway', true),
  DSW_DOCKER_TIMEOUT: define('The engine did not answer in time.', 'Check the load and the log of the Docker engine on the host.', 504, 'Timeout', true),
  DSW_HOST_UNREACHABLE: define('The host cannot be reached.', 'Check that it is up, its address, its sshd and the network between.', 503, 'ServiceUnavailable', true),
} as const satisfies Record<string, ErrorDefinition>;
