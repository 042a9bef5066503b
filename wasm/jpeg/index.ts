/** Baseline JPEG, both ways. Works on one picture at a time; addresses are valid until the next start. */
export {
  clearOutput,
  encodeEnd,
  encodeStart,
  encodeStrip,
  isOutputFull,
  outputAddress,
  outputLength,
  stripAddress,
  stripRows,
} from "./encode";
export {
  decodeBand,
  defineComponent,
  defineHuffman,
  defineQuant,
  defineRestart,
  emitRows,
  frameStart,
  isScanDone,
  openFile,
  rowsAddress,
  scanComponent,
  scanEnd,
  scanStart,
} from "./decode";
