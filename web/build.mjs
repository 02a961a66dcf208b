// Builds what browsers are given: a style sheet for pages and one for paper, one script a page family. A change of a page
// needs none of it.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs"
import { build } from "esbuild"
import { compile } from "sass"

const built = new URL("static/built/", import.meta.url)
const scripts = new URL("scripts/", import.meta.url)
mkdirSync(built, { recursive: true })

const notice = "/*! Licences of what is built in: licences.txt beside this file. */"
const styles = ["console", "document"].map((name) => {
  const style = compile(new URL(`styles/${name}.scss`, import.meta.url).pathname, {
    loadPaths: [new URL("node_modules", import.meta.url).pathname],
    style: "compressed",
    quietDeps: true,
  })
  writeFileSync(new URL(`${name}.css`, built), `${style.css}\n${notice}\n`)
  return style
})

const { metafile } = await build({
  entryPoints: readdirSync(scripts).filter((name) => name.endsWith(".js")).map((name) => new URL(name, scripts).pathname),
  outdir: built.pathname,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  banner: { js: notice },
  metafile: true,
  logLevel: "warning",
})

// Licences ask to be passed on with what is built from them: of each package in a script, and of the style sheet's.
const inputs = [...styles.flatMap((style) => style.loadedUrls.map((url) => url.pathname)), ...Object.keys(metafile.inputs)]
const packages = new Set(inputs.map((input) => input.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean))
const licences = [...packages].sort().map((name) => {
  const folder = new URL(`node_modules/${name}/`, import.meta.url)
  const { version, license, repository } = JSON.parse(readFileSync(new URL("package.json", folder)))
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
  const texts = files.map((file) => readFileSync(new URL(file, folder), "utf8").trim())
  return [`${name} ${version}: ${license}, ${repository?.url ?? repository}`, ...texts].join("\n\n")
})
writeFileSync(new URL("licences.txt", built), `${licences.join(`\n\n${"-".repeat(80)}\n\n`)}\n`)
