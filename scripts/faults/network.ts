import { fault, type Fault } from './fault.ts';

export const NETWORK_FAULTS: readonly Fault[] = [
  fault(62, 'A connection to a host that is half open', 'Noticed within 20 s; every call is rejected once; no storm of keepalives'),
  fault(63, 'A connection reset in the middle of a request or a stream', 'Only reads are repeated; writes are looked up first'),
  fault(64, 'A key that is refused, rotated, locked, or an agent that is gone', 'AuthFailed; tried again slowly'),
  fault(65, 'A host key that changed, is of another type, or stands hashed in known_hosts', 'A hard stop; fine; fine'),
  fault(
    66,
    'An sshd that throttles, allows one session, or forwards no sockets',
    'Tried again with jitter; one session is enough; a clear error',
  ),
  fault(67, 'Much delay, loss, little bandwidth', 'Nobody is given up early'),
  fault(
    68,
    'A controller that cannot reach one host, which others can',
    'Unknown, Down, replaced; once it is back, surplus goes exactly once',
  ),
  fault(69, 'More than half of the hosts vanish together', 'Nothing is moved'),
  fault(70, 'A host that flaps every 10 s', 'At most one move'),
  fault(
    71,
    'A host with another address, a wiped disk, or a cloned identity',
    'Known by its host key; a second one of the same identity is refused',
  ),
  fault(72, 'Names that are resolved slowly, wrongly or not at all', 'The last good address; the other family'),
  fault(73, 'nft is missing or too old, or something flushes the table', 'Told; applied again within 5 s; never a moment without rules'),
  fault(74, 'One bad element in a transaction of nft', 'The old set stays whole; the bad service is left out and told'),
  fault(75, 'Endpoints that change 1,000 times a second', 'Coalesced; only elements and chains that differ are sent'),
  fault(76, 'A service that lost its last endpoint', 'Refused at once, never sent to an old address'),
  fault(77, 'A tunnel with another key, an unreachable end, a small MTU', 'Nothing goes in clear; the MTU is measured'),
  fault(78, 'Forged VXLAN packets on the underlay', 'Dropped'),
  fault(79, 'A subnet that a network of the host has already', 'Said before it is made'),
];
