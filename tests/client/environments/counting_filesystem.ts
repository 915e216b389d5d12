import type { Filesystem } from "../../../protocol/mod.ts";

/** A filesystem that notes what is asked, and the most questions that were open at once. */
export interface CountingFilesystem {
  /** Passes everything on. */
  readonly filesystem: Filesystem;
  /** Method and path of each call. */
  readonly calls: string[];
  /** Most calls open at once. */
  most(): number;
}

/** Watches the calls to a real filesystem. */
export function countingFilesystem(real: Filesystem): CountingFilesystem {
  const calls: string[] = [];
  let open = 0, most = 0;
  const filesystem = new Proxy(real, {
    get(target, name: string & keyof Filesystem) {
      const method = target[name];
      if (typeof method !== "function") return method;
      return async (...args: never[]) => {
        calls.push(`${name} ${args[0]}`);
        most = Math.max(most, ++open);
        await Promise.resolve(); // as on a wire: nothing is answered at once
        try {
          return await (method as (...args: never[]) => unknown).apply(target, args);
        } finally {
          open--;
        }
      };
    },
  });
  return { filesystem, calls, most: () => most };
}
