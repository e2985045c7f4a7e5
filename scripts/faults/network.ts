import { fault, type Fault } from './fault.ts';

export const NETWORK_FAULTS: readonly Fault[] = [
  fault(62, 'A connection over ssh that is half open', 'Noticed within seconds; each call under way is rejected once'),
  fault(63, 'A connection reset in the middle of a call or a stream', 'Only reads are repeated; a change is looked up by a list'),
  fault(64, 'A login refused, a key rotated, an agent gone, a passphrase', 'AuthFailed; at most three tries a minute'),
  fault(65, 'A host key that changed, is of a new type, or hashed in known_hosts', 'No traffic; fine; fine'),
  fault(66, 'sshd with MaxStartups, MaxSessions 1, or no forwarding to sockets', 'Tries are spread; one session is enough; a clear error'),
  fault(67, 'A round trip of 350 ms and 5 % loss', 'Not taken for an absence'),
  fault(
    68,
    'Only the way from the controller to a host is cut',
    'Unknown, then Down, then replaced; once healed, old copies are removed exactly once',
  ),
  fault(69, 'More than half of the hosts vanish together', 'The brake on evictions: nothing is moved'),
  fault(70, 'A host that flaps every 10 s for 10 min', 'At most one move'),
  fault(
    71,
    'A host that boots with another address or an empty disk, or is a clone of another',
    'It is who its host key says; one engine is one node',
  ),
  fault(
    72,
    'A name server that fails or is slow, a name that does not resolve, a host on IPv6 only',
    'Where it was last; said in so many words; the family that answers',
  ),
];
