import { stringify } from 'yaml';

export interface KubeconfigOptions {
  /** `http://127.0.0.1:7070` */
  server: string;
  token: string;
  name?: string;
  namespace?: string;
}

/**
 * What a stock kubectl needs to use the loopback listener. Holds the token: write it 0600. client-go reads a user's credentials for TLS
 * only, so the token stands in the server's URL, whence it is sent as the password of Basic authentication.
 */
export function renderKubeconfig(options: KubeconfigOptions): string {
  const { token, name = 'dswarm', namespace = 'default' } = options;
  const server = new URL(options.server);
  [server.username, server.password] = [name, token];
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: server.href.replace(/\/$/, '') } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    'current-context': name,
  });
}
