// The browser objects that page modules need while they load, for tests without a browser. Import it before them.

import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto; // Node 18 has it only under this name
globalThis.document = { getElementById: () => null, addEventListener() {}, documentElement: { lang: "en" } };
