import { define, type ErrorDefinition } from './definition.ts';

/** Addresses, networks and published ports. */
export const NETWORK_ERRORS = {
  DSW_NETWORK_SUBNET: define(
    'The subnet is none that networks can use.',
    'Give a private IPv4 subnet of /16 or larger, such as 10.210.0.0/16, with no bits set beyond its prefix.',
    422,
    'Invalid',
  ),
  DSW_NETWORK_OVERLAP: define(
    'The subnet overlaps that of another network, or addresses or routes of a host.',
    'Give another subnet, or leave it out: a free one is taken then.',
    422,
    'Invalid',
  ),
  DSW_PORT_IN_USE: define(
    'Another service publishes the port already, or the hosts need it themselves.',
    'Publish another port, leave out its number to get a free one, or take it from the other service first.',
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
  DSW_NETWORK_BROKEN: define(
    'The data plane does not do on some node what it should.',
    'The table says from where to where; look at the condition NetworkReady of these nodes, and whether UDP 51820 passes between them.',
    500,
    'InternalError',
  ),
} as const satisfies Record<string, ErrorDefinition>;
