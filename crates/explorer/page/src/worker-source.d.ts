/** The bundled worker as text; `build.mjs` makes it. */
declare module "worker-source" {
  const source: string;
  export default source;
}
