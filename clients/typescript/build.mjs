// Makes dist/: the modules as browsers get them from a server, and their types.

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const SOURCE = here("../../static/im66/client");
const TYPESCRIPT = here("../../node_modules/typescript/bin/tsc");

rmSync(here("dist"), { recursive: true, force: true });
cpSync(SOURCE, here("dist"), { recursive: true });
copyFileSync(here("../../LICENSE"), here("LICENSE"));
execFileSync(process.execPath, [TYPESCRIPT, "--project", here("tsconfig.json")], { stdio: "inherit" });
