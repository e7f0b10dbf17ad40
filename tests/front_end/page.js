// What modules of a page look for while they load, where there is no browser. Import it before them.

import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto; // Node 18 has it under this name alone
globalThis.document = { getElementById: () => null, addEventListener() {}, documentElement: { lang: "en" } };
