/** What happens while files are brought from the hub. */
export type HubEvent =
  | {
      readonly type: 'progress';
      /** Path in the repository. */
      readonly file: string;
      /** Bytes of it that are here, those of an earlier try included. */
      readonly bytes: number;
      readonly total: number;
      /** Of this try; 0 at its beginning. */
      readonly bytesPerSecond: number;
    }
  /** Nothing moves for a while: another try after a failure, or another process at work on the same file. */
  | { readonly type: 'waiting'; readonly reason: string; readonly seconds: number }
  /** The hub was out of reach, and what the cache has of the revision is used. */
  | { readonly type: 'cached'; readonly reason: string; readonly folder: string }
  /** All files are here, and some were downloaded. */
  | {
      readonly type: 'finished';
      /** Address of the repository. */
      readonly source: string;
      readonly commit: string;
      /** The downloaded files' paths in the repository. */
      readonly files: readonly string[];
      readonly bytes: number;
      /** The repository's folder in the cache. */
      readonly folder: string;
    };
