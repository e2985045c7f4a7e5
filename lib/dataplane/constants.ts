/** The tunnel's interface and its UDP port, on every node. */
export const MESH_INTERFACE = 'dswarm0';
export const MESH_PORT = 51_820;

/** The device of vxlan networks; a port of its own, as others use 4789. */
export const VXLAN_INTERFACE = 'dswarm1';
export const VXLAN_PORT = 51_821;
export const VXLAN_ID = 25_715;

/** What a container's interface may send at a time: fits through the tunnel on an underlay of 1500. */
export const CONTAINER_MTU = 1420;

/** Seconds between packets that keep a way through NAT and firewalls open. */
export const KEEPALIVE = 25;

/** From so many services of a network on, its names are spread over so many files, so that a change sends few of them. */
export const NAMES_A_FILE = 64;
export const NAME_BUCKETS = 16;
