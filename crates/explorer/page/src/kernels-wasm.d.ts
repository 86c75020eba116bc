/** The compiled `assembly/` in base64; `build.mjs` makes it. */
declare module "kernels-wasm" {
  const base64: string;
  export default base64;
}
