// node tests/licences.cjs DENY METADATA TREE: every package in the tree (lines "name vVERSION") is under licences that
// deny.toml allows. Of a choice one has to be.
const { readFileSync } = require('node:fs');

const [deny, metadata, tree] = process.argv.slice(2).map((file) => readFileSync(file, 'utf8'));
const list = deny.match(/^\[licenses\][^]*?^allow = \[([^\]]*)\]/m)?.[1] ?? '';
const allowed = new Set(Array.from(list.matchAll(/"([^"]+)"/g), (found) => found[1]));
const byName = new Map(JSON.parse(metadata).packages.map((p) => [`${p.name} v${p.version}`, p.license]));

// An SPDX expression (annex D); old manifests write OR as a slash.
function allows(expression) {
  const tokens = expression.replaceAll('/', ' OR ').match(/[()]|[^\s()]+/g) ?? [];
  const either = () => {
    let yes = both();
    while (tokens[0] === 'OR') yes = (tokens.shift(), both()) || yes;
    return yes;
  };
  const both = () => {
    let yes = one();
    while (tokens[0] === 'AND') yes = (tokens.shift(), one()) && yes;
    return yes;
  };
  const one = () => {
    let token = tokens.shift();
    if (token === '(') {
      const yes = either();
      return tokens.shift() === ')' && yes;
    }
    if (tokens[0] === 'WITH') token += ` WITH ${(tokens.shift(), tokens.shift())}`;
    return allowed.has(token);
  };
  return either() && tokens.length === 0;
}

const names = tree.split('\n').filter(Boolean);
const refused = names.filter((name) => !byName.get(name) || !allows(byName.get(name)));
console.log(`${names.length} packages, under licences of ${allowed.size}`);
for (const name of refused) console.error(`  ${name}: ${byName.get(name) ?? 'does not say'}`);
if (allowed.size === 0 || names.length === 0 || refused.length) process.exit(1);
