// node tests/msrv.cjs FEATURE METADATA TREE: no package in the tree (lines "name vVERSION") may ask for a newer Rust than
// ours. Packages that don't say what they ask for are counted.
const { readFileSync } = require('node:fs');

const [feature, metadata, tree] = process.argv.slice(2);
const { packages } = JSON.parse(readFileSync(metadata, 'utf8'));
const parts = (version) => version.split('.').map(Number);
const newer = (a, b) => {
  const [x, y] = [parts(a), parts(b)];
  return [0, 1, 2].map((i) => (x[i] ?? 0) - (y[i] ?? 0)).find((d) => d !== 0) > 0;
};

// A crate of the workspace may have a minimum of its own.
const ours = packages.find((p) => p.name === (feature.startsWith('tower-sso-') ? feature : 'tower-sso')).rust_version;
const byName = new Map(packages.map((p) => [`${p.name} v${p.version}`, p.rust_version]));
const names = readFileSync(tree, 'utf8').split('\n').filter((name) => name && !/^tower-sso(-[a-z-]+)? /.test(name));
const unknown = names.filter((name) => !byName.has(name));
const silent = names.filter((name) => byName.get(name) === null);
const tooNew = names.filter((name) => byName.get(name) && newer(byName.get(name), ours));
const most = names.map((name) => byName.get(name)).filter(Boolean).reduce((a, b) => (newer(b, a) ? b : a), '0');

console.log(`${feature}: ${names.length} packages, the newest asks for ${most}, ${silent.length} do not say; ours is ${ours}`);
for (const name of tooNew) console.error(`  ${name} asks for ${byName.get(name)}`);
for (const name of unknown) console.error(`  ${name} is not in the metadata`);
if (!ours || names.length === 0 || tooNew.length || unknown.length) process.exit(1);
