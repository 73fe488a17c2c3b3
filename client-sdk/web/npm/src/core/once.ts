import { Core, finish, imports } from "../../generated/glue.js";
import type { CoreClass, loadCore as Seam } from "./seam.js";

/** A `loadCore` that instantiates the WebAssembly once, and again only after a failure. */
export function once(
  instantiate: (imports: WebAssembly.Imports) => Promise<WebAssembly.Instance>,
): typeof Seam {
  let loading: Promise<CoreClass> | undefined;
  const load = async (): Promise<CoreClass> => {
    try {
      finish(await instantiate(imports()));
      return Core;
    } catch (error) {
      loading = undefined;
      throw error;
    }
  };
  return () => (loading ??= load());
}
