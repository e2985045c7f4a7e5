/** What `dswarm controller` was started with. */
export interface ControllerOptions {
  /** The watched directory; absent: objects come through the API only. */
  manifests?: string;
  /** Where the store lives. */
  state: string;
  /** Unix socket the API listens on (0600). */
  socket: string;
  /** HOST:PORT on loopback for clients that speak TCP only; needs tokenFile. */
  listen?: string;
  tokenFile?: string;
  /** privileged: services may ask for privileges, devices, host paths and sysctls. */
  admission: 'baseline' | 'privileged';
  /** Path prefixes that services may bind-mount. */
  allowBind: string[];
  /** auto: there is one where its image was built. */
  dataPlane: 'auto' | 'off';
  logLevel: string;
  resyncSeconds: number;
  /** See ManagerOptions; default 5. */
  taskHistoryLimit?: number;
}
