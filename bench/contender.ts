/** What is measured: dswarm or its peer, driven by its fastest interface. */
export interface Contender {
  name: string;
  /** Asks for a service; resolves when the request is made, not when it is fulfilled. */
  create(service: string, replicas: number): Promise<void>;
  remove(service: string): Promise<void>;
  /** The label by which the engines know the service's containers. */
  label(service: string): string;
}

/** A contender or scenario that failed shows as such instead of ending the run. */
export interface Failure {
  scenario: string;
  contender: string;
  message: string;
}
