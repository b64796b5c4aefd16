// Fails when a dependency that the crate is built with asks for a newer Rust than the crate says it needs.
import { execFileSync } from "node:child_process";

const args = ["metadata", "--format-version", "1", "--all-features"];
const metadata = JSON.parse(execFileSync("cargo", args, { maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] }));
const packages = new Map(metadata.packages.map((it) => [it.id, it]));
const nodes = new Map(metadata.resolve.nodes.map((it) => [it.id, it]));
const root = packages.get(metadata.resolve.root);
const number = (version) => version.split(".").map(Number).concat(0, 0).slice(0, 3).reduce((n, part) => n * 1000 + part, 0);

const seen = new Set();
const walk = (id) => {
  if (seen.has(id)) return;
  seen.add(id);
  for (const dependency of nodes.get(id).deps) {
    if (dependency.dep_kinds.some((it) => it.kind !== "dev")) walk(dependency.pkg);
  }
};
walk(root.id);

const newer = [...seen].map((id) => packages.get(id)).filter((it) => it.rust_version && number(it.rust_version) > number(root.rust_version));
for (const it of newer) console.log(`${it.name} ${it.version} asks for Rust ${it.rust_version}`);
console.log(`${seen.size} packages, rust-version ${root.rust_version}: ${newer.length === 0 ? "holds" : "does not hold"}`);
process.exit(newer.length === 0 ? 0 : 1);
