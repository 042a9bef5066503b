/** Bundlers for Workers turn an import of a `.wasm` file into its compiled module. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  // biome-ignore lint/style/noDefaultExport: this is how bundlers hand modules out
  export default module;
}
