import { fault, type Fault } from './fault.ts';

export const PLANE_FAULTS: readonly Fault[] = [
  fault(
    73,
    'nft cannot be used, or something flushes the table',
    'Told; applied again within 5 s; never a moment without rules while they are applied',
    'nft comes with the plane, so that a host cannot lack it; of what a kernel cannot do, nft’s own words are told, as of everything that it refuses (row 74).',
  ),
  fault(74, 'One bad element in a transaction of nft', 'The old set stays whole; the bad service is left out and told'),
  fault(75, 'Endpoints that change 1,000 times a second', 'Coalesced; only elements and chains that differ are sent'),
  fault(76, 'A service that lost its last endpoint', 'Refused at once, never sent to an old address'),
  fault(77, 'A tunnel with another key, an unreachable end, a small MTU', 'Nothing goes in clear; the MTU is measured'),
  fault(78, 'Forged VXLAN packets on the underlay', 'Dropped'),
  fault(79, 'A subnet that a network of the host has already', 'Said before it is made'),
];
