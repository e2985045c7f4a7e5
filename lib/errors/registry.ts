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
  // Manifests and their admission.
  DSW_MANIFEST_SYNTAX: define('The file is not readable as YAML or JSON.', 'Mend the text at the place named; the last good version of the file stays in force.', 400, 'BadRequest'),
  DSW_MANIFEST_EMPTY: define('The file holds no object.', 'Write a manifest into it, or delete the file to delete what it held; until then its last good version stays in force.', 400, 'BadRequest'),
  DSW_MANIFEST_LIMIT: define('The manifest is larger, deeper or more numerous than allowed.', 'Split the file, or keep large data out of manifests.', 413, 'RequestEntityTooLarge'),
  DSW_MANIFEST_KIND: define('The apiVersion or kind is unknown, or not one that users write.', 'Use apiVersion dswarm/v1 and one of the kinds that "dswarm api-resources" lists as writable.', 400, 'BadRequest'),
  DSW_MANIFEST_UNKNOWN_FIELD: define('The manifest has a field that its kind does not know.', 'Correct the name or remove the field; "dswarm explain KIND" lists the fields.', 422, 'Invalid'),
  DSW_MANIFEST_INVALID: define("A field's value is wrong in itself or together with another.", 'Give the field a value as expected.', 422, 'Invalid'),
  DSW_MANIFEST_UNSUPPORTED: define('The manifest asks for something that is not supported yet, and that must not be ignored silently.', 'Remove the field, or give it its default.', 422, 'Invalid'),
  DSW_MANIFEST_IMMUTABLE: define('The field cannot change on an existing object.', 'Delete the object and create it anew, or give it another name.', 422, 'Invalid'),
  DSW_MANIFEST_DUPLICATE: define('The same object is defined more than once.', 'Keep one definition and remove the others; until then the last good version stays in force.', 409, 'Conflict'),
  DSW_ADMISSION_DENIED: define('The admission policy forbids what the manifest asks for.', 'Remove the field, or start the controller with --admission privileged.', 403, 'Forbidden'),
  // The command line and its connection to the controller.
  DSW_CLI_USAGE: define('The command was written wrongly.', 'See "dswarm COMMAND --help".', 400, 'BadRequest'),
  DSW_CLI_CONFIRM: define('The command needs a yes, and there is no terminal to ask on.', 'Repeat it with --yes once you know what it does.', 400, 'BadRequest'),
  DSW_CLI_TIMEOUT: define('What was waited for did not happen in time.', 'See what is missing with "dswarm describe"; --timeout waits longer.', 504, 'Timeout', true),
  DSW_CONTROLLER_NOT_RUNNING: define('No controller answers at the address.', 'Start it with "dswarm controller --manifests DIR", or name its socket with --socket (or DSWARM_SOCKET).', 503, 'ServiceUnavailable', true),
  DSW_CONTROLLER_DENIED: define("You may not use the controller's socket.", 'Run the command as the user that started the controller.', 403, 'Forbidden'),
  DSW_CONTROLLER_GONE: define('The controller ended the connection, or stopped.', 'See that it runs, then repeat the command.', 503, 'ServiceUnavailable', true),
} as const satisfies Record<string, ErrorDefinition>;
