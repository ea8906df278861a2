/** What the library looks like to the compiler on a machine where npm leaves it out. */
declare module 'onnxruntime-node' {
  export * from 'onnxruntime-common';
}
