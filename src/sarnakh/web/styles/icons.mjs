// Writes static/icons.svg: one <symbol> for each name in icons.txt, out of lucide-static (ISC).
import { readFileSync, writeFileSync } from "node:fs";

const here = new URL("./", import.meta.url);
const names = readFileSync(new URL("icons.txt", here), "utf8").split(/\s+/).filter(Boolean).sort();
const symbols = names.map((name) => {
  const svg = readFileSync(new URL(`node_modules/lucide-static/icons/${name}.svg`, here), "utf8");
  const shapes = svg.replace(/[\s\S]*?<svg[\s\S]*?>/, "").replace("</svg>", "").replace(/\s+/g, " ").trim();
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
});
writeFileSync(
  new URL("../static/icons.svg", here),
  `<!-- Lucide, ISC licence: see vendor/README.md -->\n<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`,
);
