import { stringify } from 'yaml';

export interface KubeconfigOptions {
  server: string;
  token: string;
  /** PEM of the certificate that the server shows. */
  certificate: string;
  name?: string;
  namespace?: string;
}

/** What a stock kubectl needs to use the loopback listener. Holds the token: write it 0600. */
export function renderKubeconfig(options: KubeconfigOptions): string {
  const { server, token, certificate, name = 'dswarm', namespace = 'default' } = options;
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(certificate).toString('base64') } }],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: name, user: name, namespace } }],
      'current-context': name,
    },
    { lineWidth: 0 },
  );
}
