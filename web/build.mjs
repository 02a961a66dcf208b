// Builds what browsers are given: one style sheet, one script a page family. A change of a page needs none of it.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { build } from "esbuild"
import { compile } from "sass"

const built = new URL("static/built/", import.meta.url)
const scripts = new URL("scripts/", import.meta.url)
mkdirSync(built, { recursive: true })

const style = compile(new URL("styles/console.scss", import.meta.url).pathname, {
  loadPaths: [new URL("node_modules", import.meta.url).pathname],
  style: "compressed",
  quietDeps: true,
})
writeFileSync(new URL("console.css", built), style.css)

await build({
  entryPoints: readdirSync(scripts).filter((name) => name.endsWith(".js")).map((name) => new URL(name, scripts).pathname),
  outdir: built.pathname,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
})
