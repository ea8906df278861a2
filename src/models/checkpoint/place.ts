/** Where a checkpoint lies: published ones say in their names what they are. */
export interface CheckpointPlace {
  /** The folder as it was named, for messages. */
  readonly where: string;
  /** The folder's own name. */
  readonly name: string;
  /** The name of the folder that it lies in, '' where there is none. */
  readonly parent: string;
}
