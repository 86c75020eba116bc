// Makes bundle/ of src/: `npm ci && npm run build`. The bundle is committed, so that nobody needs npm to build latentlab;
// a test compares the digest of the sources in bundle/sources.sha256 with the sources.

import asc from "assemblyscript/asc";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const common = { bundle: true, minify: true, write: false, target: "es2022", legalComments: "inline", charset: "utf8" };

/** Every file that the bundle is made of, in a fixed order. */
function sources(folder) {
  return readdirSync(folder).sort().flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? sources(path) : [path];
  });
}

/** sha256 over names and contents: `crates/explorer/tests/bundle.rs` does the same. */
function digest() {
  const hash = createHash("sha256");
  for (const path of ["build.mjs", "package-lock.json", "tsconfig.json", ...sources("assembly"), ...sources("src")]) {
    hash.update(path.replaceAll("\\", "/")).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}

const text = (result) => result.outputFiles[0].text.trimEnd();

/** A module that is not a file: its name gives `contents` as text. */
function virtual(name, contents) {
  return {
    name,
    setup(builder) {
      builder.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: name }));
      builder.onLoad({ filter: /.*/, namespace: name }, () => ({ contents, loader: "text" }));
    },
  };
}

/** A file of `assembly/` as a WebAssembly module. */
async function assembled(path) {
  let module;
  const writeFile = (name, contents) => { if (name === "module.wasm") module = contents; };
  const options = ["--runtime", "stub", "--enable", "simd", "--importMemory", "--initialMemory", "0", "--noAssert", "-O3"];
  const { error, stderr } = await asc.main([path, "--outFile", "module.wasm", ...options], { writeFile });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return module;
}

/** The licences of the packages in a bundle, which ask to go with every copy. */
function licences({ inputs }) {
  const folders = Object.keys(inputs).map((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders.filter(Boolean))].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    return `/*! ${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n*/\n`;
  }).join("");
}

const wasm = Buffer.from(await assembled("assembly/index.ts")).toString("base64");
const worker = text(await build({
  ...common, entryPoints: ["src/inference/worker.ts"], format: "iife", plugins: [virtual("kernels-wasm", wasm)],
}));
const built = await build({
  ...common, entryPoints: ["src/main.tsx"], format: "iife", jsx: "automatic", jsxImportSource: "preact", plugins: [virtual("worker-source", worker)],
  metafile: true,
});
const page = licences(built.metafile) + text(built);
const style = text(await build({ ...common, entryPoints: ["src/style.css"] }));

mkdirSync("bundle", { recursive: true });
writeFileSync("bundle/explorer.js", page + "\n");
writeFileSync("bundle/explorer.css", style + "\n");
writeFileSync("bundle/sources.sha256", digest() + "\n");
console.log(`explorer.js ${page.length} bytes (its worker ${worker.length}, of these WebAssembly ${wasm.length}), explorer.css ${style.length} bytes`);
