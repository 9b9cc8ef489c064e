import type { Asker } from "../query.ts";

/** `fetcher:main`: which program can fetch a URL here: `curl`, `wget`, or `absent`. */
export const FETCHER: Asker = `
if command -v curl >/dev/null; then line fetcher:main curl
elif command -v wget >/dev/null; then line fetcher:main wget
else line fetcher:main absent; fi`;
