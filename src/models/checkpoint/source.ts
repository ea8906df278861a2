/** Bytes that lie somewhere, to be read from any place: a file on the disk, or in a browser. Whoever opened them closes them. */
export interface ByteSource {
  /** As it was named, for messages. */
  readonly where: string;
  /** How many there are. */
  readonly bytes: number;
  /** Reads as many as fit into `target`, or fewer, from `offset` on, and gives their number: 0 at the end. */
  read(target: Uint8Array, offset: number): Promise<number>;
  close(): Promise<void>;
}
