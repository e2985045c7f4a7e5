/** What a listing is asked to be; see the options of `dswarm get`. */
export interface ListingOptions {
  wide: boolean;
  headers: boolean;
  showLabels: boolean;
  selector: string | undefined;
  fieldSelector: string | undefined;
  ignoreNotFound: boolean;
  /** Tasks that have left their slots, too. */
  history: boolean;
}
