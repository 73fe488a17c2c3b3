// The core as JavaScript, in the same file as all else: no request, no rule of a page's policy in the
// way, no wait.

import { Core, finish, imports } from "../../generated/glue.js";
import { instantiate } from "../../generated/core-as-js.js";
import type { loadCore as Seam } from "./seam.js";

let isLoaded = false;

export const loadCore: typeof Seam = () => {
  // Not when the module is loaded: whoever imports the package and makes no client pays nothing.
  if (!isLoaded) {
    finish({ exports: instantiate(imports()) });
    isLoaded = true;
  }
  return Core;
};
