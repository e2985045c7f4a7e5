export interface MetricDefinition {
  type: 'counter' | 'gauge' | 'histogram';
  /** Ends in a full stop; shown by /metrics. */
  help: string;
  /** Few values each: never a container id, a path or anything a user could make many of. */
  labels: readonly string[];
}

/** Seconds; from 5 ms to 60 s. */
export const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const counter = (help: string, ...labels: string[]): MetricDefinition => ({ type: 'counter', help, labels });
const gauge = (help: string, ...labels: string[]): MetricDefinition => ({ type: 'gauge', help, labels });
const histogram = (help: string, ...labels: string[]): MetricDefinition => ({ type: 'histogram', help, labels });

/**
 * Every metric there is, beside those of the Node.js process itself. The first groups have the names that controller-runtime,
 * client-go and kube-proxy gave them, so that dashboards made for those work.
 */
export const METRICS = {
  controller_runtime_reconcile_total: counter('Passes by how they ended: success, requeue_after, error.', 'controller', 'result'),
  controller_runtime_reconcile_errors_total: counter('Passes that failed.', 'controller'),
  controller_runtime_terminal_reconcile_errors_total: counter(
    'Passes that failed and will not be retried until something changes.',
    'controller',
  ),
  controller_runtime_reconcile_time_seconds: histogram('How long passes took.', 'controller'),
  controller_runtime_max_concurrent_reconciles: gauge('How many passes may run at a time.', 'controller'),
  controller_runtime_active_workers: gauge('How many passes run now.', 'controller'),

  workqueue_depth: gauge('Keys that wait for a pass.', 'name'),
  workqueue_adds_total: counter('Keys added.', 'name'),
  workqueue_queue_duration_seconds: histogram('How long keys waited for their pass.', 'name'),
  workqueue_work_duration_seconds: histogram('How long the pass of a key took.', 'name'),
  workqueue_retries_total: counter('Keys added again after a failed pass.', 'name'),

  rest_client_requests_total: counter('Requests to Docker engines.', 'code', 'method', 'host'),

  kubeproxy_sync_proxy_rules_duration_seconds: histogram("How long it took a node's data plane to take a change.", 'host'),
  kubeproxy_sync_proxy_rules_last_timestamp_seconds: gauge("When a node's data plane took its last change.", 'host'),
  kubeproxy_sync_proxy_rules_nftables_sync_failures_total: counter("Changes that a node's data plane did not take.", 'host'),
  kubeproxy_sync_proxy_rules_endpoint_changes_total: counter('Changes of what the cluster serves.'),
  kubeproxy_network_programming_duration_seconds: histogram(
    'From a change of what the cluster serves to its acknowledgement by all nodes that answer.',
  ),

  dswarm_host_state: gauge('1 for the state a host is in, 0 for the others.', 'host', 'state'),
  dswarm_host_rtt_seconds: gauge('How long the last ping of an engine took.', 'host'),
  dswarm_ssh_connects_total: counter('SSH connections made.', 'host'),
  dswarm_ssh_failures_total: counter('SSH connections that failed or were lost.', 'host', 'reason'),
  dswarm_docker_request_duration_seconds: histogram('How long requests to Docker engines took.', 'host', 'op', 'code'),
  dswarm_docker_events_total: counter('Events that Docker engines told.', 'host'),
  dswarm_docker_garbage_total: counter('Lines of event streams and pulls that were no JSON of an engine.', 'host'),
  dswarm_mutations_total: counter('Calls that change something on a host.', 'host', 'op'),
  dswarm_relist_total: counter('Full lists of the containers of a host, by why they were made.', 'host', 'reason'),
  dswarm_relist_repairs_total: counter('Changes that only a full list found, as no event told of them.', 'host'),

  dswarm_evictions_blocked_total: counter('Passes in which tasks of nodes that are away were due to be replaced and were not.', 'reason'),

  dswarm_time_to_running_seconds: histogram('From the acceptance of a change of a service to all of its tasks running.'),
  dswarm_admission_denied_total: counter('Objects that were refused.', 'code'),
  dswarm_source_errors: gauge('Files of a source that have errors.', 'source'),
  dswarm_source_scan_duration_seconds: histogram('How long full reads of a source took.', 'source'),

  dswarm_api_request_duration_seconds: histogram('How long API requests took, watches and streams aside.', 'method', 'route', 'code'),
  dswarm_api_watches: gauge('Watches that are open.'),
  dswarm_api_watches_dropped_total: counter('Watches that were ended as their client did not read.'),
} as const satisfies Record<string, MetricDefinition>;
